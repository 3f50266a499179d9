"""What kind of turn is this: a question, or one of the control turns? First the family, then the intent.

Rasa's LogisticRegressionClassifier with a threshold on the best intent fails here: "labas khoya" is
surely small talk, but its probability is spread over greeting, small talk and thanks, none of which
passes a threshold. So probabilities are added up by family first. A turn is control only when all
control families together are likelier than a question; obeying a control that acts on the person
(stop, delete) needs that family to be likely by itself. In doubt it is a question: then knowledge is
asked, and it says so when it finds nothing.

A message that is, word for word, an example of a control intent is that intent: nobody's STOP depends
on a probability.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

QUESTION = "question"
LINES = "lines.json"
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
            "weights": {},  # of an intent's examples; 1 when not named
            "control": 0.25,  # all control families together
            "acting": 0.5,  # a family that acts on the person, by itself
            "chat": 0.25,  # any other family
            # A case too many costs a look; a person who is not heard costs more. A wrong language is changed back.
            "needed": {"human": 0.2, "change_language": 0.3},
        }

    def __init__(self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, name, model_storage, resource)
        self.clf.set_params(class_weight=self.config["weights"] or None, C=self.config["strength"])
        self.lines: Dict[Text, Text] = {}

    def train(self, training_data: TrainingData) -> Resource:
        self.lines = {
            spelling(example): example.get(INTENT)
            for example in training_data.intent_examples
            if example.get(TEXT) and example.get(INTENT) not in (None, QUESTION)
        }
        return super().train(training_data)

    def _create_X(self, messages: List[Message]) -> csr_matrix:
        """Rasa's own builds a dense side and stacks it on for each message; this bot has sparse features only."""
        return vstack([message.get_sparse_features(attribute=TEXT)[1].features for message in messages]).tocsr()

    def persist(self) -> None:
        super().persist()
        with self._model_storage.write_to(self._resource) as directory:
            (directory / LINES).write_text(json.dumps(self.lines), "utf-8")

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TurnClassifier:
        loaded = super().load(config, model_storage, resource, execution_context, **kwargs)
        assert isinstance(loaded, cls)
        with model_storage.read_from(resource) as directory:
            loaded.lines = json.loads((directory / LINES).read_text("utf-8"))
        return loaded

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            ranking = self.ranking(message)
            known = self.lines.get(spelling(message))
            decided = {"name": known, "confidence": 1.0} if known else decide(ranking, self.config)
            message.set("intent", decided, add_to_output=True)
            message.set("intent_ranking", ranking[:3], add_to_output=True)
        return messages

    def ranking(self, message: Message) -> List[Dict[Text, Any]]:
        """All intents, the likeliest first: predict_proba for one message, without its copies of the weights."""
        sparse = message.get_sparse_features(attribute=TEXT)[1]
        logits = self.clf.intercept_.copy()
        if sparse is not None:
            row = sparse.features.tocoo()
            logits += self.clf.coef_[:, row.col] @ row.data
        likely = np.exp(logits - logits.max())
        likely /= likely.sum()
        return [
            {"name": str(self.clf.classes_[at]), "confidence": float(likely[at])}
            for at in np.argsort(-likely, kind="stable")
        ]


def spelling(message: Message) -> Text:
    """The message's normalised words, without ? and !."""
    return " ".join(token.text for token in message.get(TOKENS_NAMES[TEXT], []) if token.text not in ("?", "!"))


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
    needed = config["needed"].get(family, config["acting"] if family in ACTING else config["chat"])
    if families[family] < needed:
        return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - families[family]}
    return {"name": first[family], "confidence": families[family]}
