"""What kind of turn is this: a question, or one of the control turns? First the family, then the intent.

Rasa's LogisticRegressionClassifier with a threshold on the best intent fails here: "labas khoya" is
surely small talk, but its probability is spread over greeting, small talk and thanks, none of which
passes a threshold. So probabilities are added up by family first. A turn is control only when all
control families together are likelier than a question; obeying a control that acts on the person
(stop, delete) needs that family to be likely by itself. In doubt it is a question: then knowledge is
asked, and it says so when it finds nothing.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.training_data.message import Message

QUESTION = "question"
# Families of one intent are not listed; these intents get the same kind of answer, so confusing them costs little.
CHAT = ("greet", "thanks", "bye", "smalltalk", "insult", "bot_challenge", "affirm", "deny")
ACTING = ("optout", "optin", "delete_data", "human", "change_language")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TurnClassifier(LogisticRegressionClassifier):
    """Logistic regression without class weights, and a decision by family."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "ranking_length": 0,
            "strength": 1.0,  # C, the inverse of regularisation
            "control": 0.5,  # all control families together
            "acting": 0.5,  # a family that acts on the person, by itself
            "chat": 0.3,  # any other family
        }

    def __init__(self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, name, model_storage, resource)
        self.clf.set_params(class_weight=None, C=self.config["strength"])

    def process(self, messages: List[Message]) -> List[Message]:
        for message in super().process(messages):
            ranking = message.get("intent_ranking")
            message.set("intent", decide(ranking, self.config), add_to_output=True)
            message.set("intent_ranking", ranking[:3], add_to_output=True)
        return messages


def decide(ranking: List[Dict[Text, Any]], config: Dict[Text, Any]) -> Dict[Text, Any]:
    """The intent of a ranking that holds every intent, the likeliest first."""
    families: Dict[Text, float] = {}
    first: Dict[Text, Text] = {}
    for entry in ranking:
        family = "chat" if entry["name"] in CHAT else entry["name"]
        families[family] = families.get(family, 0.0) + float(entry["confidence"])
        first.setdefault(family, entry["name"])
    question = families.pop(QUESTION, 0.0)
    if not families or 1.0 - question < config["control"]:
        return {"name": QUESTION, "confidence": question}
    family = max(families, key=lambda name: families[name])
    needed = config["acting"] if family in ACTING else config["chat"]
    if families[family] < needed:
        return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - families[family]}
    return {"name": first[family], "confidence": families[family]}
