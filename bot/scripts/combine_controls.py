"""Writes data/nlu/combined.yml: the controls that act on a person, from lists of their parts.

    python scripts/combine_controls.py data/nlu/combined.yml

"Delete my data" has few verbs and few objects but many combinations; writing them all out by hand leaves
holes. The lists are by hand, the combinations are not: at most PER_LIST of each, chosen the same each time.
"""

from __future__ import annotations

import hashlib
import itertools
import sys
from pathlib import Path
from typing import Dict, List, Tuple

PER_LIST = 28
# (intent, variety) -> parts, separated by | ; an empty alternative leaves the part out
PARTS: Dict[Tuple[str, str], List[str]] = {
    ("delete_data", "fr"): ["|je veux que vous|svp|pouvez-vous", "effacer|supprimer|effacez|supprimez|efface|supprime|détruire|enlever", "mes données|mes messages|tout|mon numéro|mes infos|la conversation|mon compte|tout ce que j'ai dit|mon dossier chez vous|mes informations personnelles"],
    ("delete_data", "ar"): ["|من فضلكم|أريد منكم أن", "احذفوا|امسحوا|احذف|امسح|تحذفوا|تمسحوا|حذف|مسح", "بياناتي|معلوماتي|رسائلي|كل شيء|المحادثة|رقمي عندكم|كل ما كتبته لكم|حسابي|معلوماتي الشخصية"],
    ("delete_data", "ary"): ["|عافاكم|بغيتكم", "مسحو|مسح|حيدو|تمسحو", "المعلومات ديالي|كلشي|الميساجات ديالي|الرقم ديالي|الهضرة ديالي|داكشي اللي كتبت|كلشي عليا"],
    ("delete_data", "ary-Latn"): ["|3afakom|bghitkom|svp", "mse7|mes7o|tmes7o|supprimer|7iydo|hiydo|effacer|ms7", "lma3loumat dyali|kolchi|les messages dyali|nemra dyali|les données dyali|dakchi li ktebt|kolchi 3liya|lhistorique dyali|lcompte dyali"],
    ("delete_data", "aeb"): ["|نحبكم|يعيشكم", "فسخو|فسخ|امسحو|نحيو|تفسخو", "معلوماتي|الميساجات متاعي|كل شي|نومروي|الكلام الكل|الداتا متاعي|المعلومات متاعي", "|من عندكم"],
    ("delete_data", "arq"): ["|حابكم|من فضلكم", "امحيو|امحي|نحيو|فاصيو|تمحيو", "المعلومات تاعي|كلش|الرسائل تاعي|النيميرو تاعي|الهدرة تاعي|الكومبت تاعي", "|من عندكم"],
    ("delete_data", "ayl"): ["|نبيكم|لو سمحتو", "امسحو|امسح|شيلو|تمسحو", "بياناتي|معلوماتي|رسايلي|كل شي|رقمي|المحادثة", "|من عندكم"],
    ("delete_data", "mey"): ["|ندوركم|الله يجازيكم", "امسحو|امسح|حيدو|تمسحو", "معلوماتي|رسايلي|كل شي|رقمي|ذا اللي كتبت", "|من عندكم"],
    ("delete_data", "en"): ["|please|i want you to|can you|abeg", "delete|erase|remove|wipe|destroy|clear", "my data|my messages|everything|my number|my information|this conversation|my account|all i wrote|my chat|my details|everything you have on me", "|now|please"],
    ("optout", "fr"): ["|svp|s'il vous plaît", "arrêtez de|cessez de|je ne veux plus que vous|ne plus|stop il faut pas", "m'envoyer des messages|m'écrire|me contacter|m'envoyer des sms|me déranger|m'envoyer quoi que ce soit"],
    ("optout", "ar"): ["|من فضلكم", "توقفوا عن|لا أريد|كفوا عن|أوقفوا", "إرسال الرسائل|مراسلتي|رسائلكم|الكتابة لي|الاتصال بي|هذه الرسائل"],
    ("optout", "ary"): ["|عافاكم|صافي", "ما تصيفطوش ليا|حبسو|ما بغيتش|باراكا من|ما تبقاوش تصيفطو", "الميساجات|هاد الرسائل|والو|الميساجات ديالكم"],
    ("optout", "ary-Latn"): ["|3afakom|safi|svp", "ma tsiftouch liya|ma tsifto liya|7bso|we9fo|mabghitch|baraka mn|ma tb9awch tsifto|matb9ach tsift liya", "les messages|had les sms|walo|messages dyalkom|chi haja"],
    ("optout", "aeb"): ["|يزي|يعيشكم", "ما تبعثوليش|وقفو|ما نحبش|بطلو|ما عادش تبعثولي|ma tab3thoulich|wa9fou", "الميساجات|ميساجات|les messages|حتى شي|chay"],
    ("optout", "arq"): ["|بركاو|svp", "ما تبعثوليش|حبسو|ما حبيتش|ما تزيدوش تبعثو|ma teb3atoulich|habsou", "الرسائل|الميساجات|les messages|والو|walou"],
    ("optout", "ayl"): ["|خلاص|لو سمحتو", "ما تبعتوليش|وقفو|ما نبيش|بطلو|ما عاش ترسلو", "الرسايل|رسايل|شي|رسايلكم"],
    ("optout", "mey"): ["|بس|الله يجازيكم", "لا ترسلولي|اوقفو|ما ندور|لا تكتبولي", "الرسايل|رسايلكم|شي|رسالة ثانية"],
    ("optout", "en"): ["|please|abeg|i said", "stop|no more|don't send me|i don't want|quit", "messages|messaging me|texts|sms|your messages|these messages|anything again|writing to me", "|anymore|again|please"],
    ("human", "fr"): ["|svp|bonjour|s'il vous plaît", "je veux|je voudrais|j'aimerais|est-ce possible de|je peux|je souhaite|il faut que je puisse", "parler à|discuter avec|être en contact avec|avoir|échanger avec", "une personne|quelqu'un|un conseiller|un humain|un agent|quelqu'un de votre équipe|une vraie personne|un responsable"],
    ("human", "ar"): ["|من فضلك|السلام عليكم", "أريد|أرغب في|أود|هل يمكنني|أحتاج", "التحدث مع|الكلام مع|التواصل مع|التحدث إلى|الحديث مع", "شخص|إنسان|موظف|مستشار|أحد|أحد من فريقكم|شخص حقيقي|المسؤول"],
    ("human", "ary"): ["|عافاك|سلام", "بغيت|خليني|واش ممكن|حابب", "نهدر مع|نتكلم مع|نهضر مع|ندوي مع", "شي واحد|بنادم|إنسان|شي حد منكم|المسؤول|شي مستشار", "|ماشي روبو|ماشي آلة"],
    ("human", "ary-Latn"): ["|3afak|salam|svp", "bghit|khellini|wach momkin|n9der|bghina", "nhder m3a|ndwi m3a|netkellem m3a|nhdar m3a|ndwi ma3a", "chi wahed|chi 7ed|bnadem|insan|lmas2oul|chi conseiller|chi wahd mn 3andkom", "|machi robot|machi machine"],
    ("human", "aeb"): ["|يعيشك|عسلامة", "نحب|انجم|لازمني", "نحكي مع|نكلم|نتكلم مع|na7ki m3a|nkallem", "عبد|حد|شكون|مسؤول|واحد منكم|3abd|chkoun|responsable", "|موش روبو"],
    ("human", "arq"): ["|من فضلك|سلام", "حاب|حابة|نقدر|راني حاب", "نهدر مع|نتكلم مع|nehdar m3a|nahki m3a", "واحد|بنادم|المسؤول|واحد منكم|wahed|bnadem|responsable", "|ماشي روبو"],
    ("human", "ayl"): ["|لو سمحت|السلام عليكم", "نبي|نقدر|ممكن", "نحكي مع|نتكلم مع|نكلم", "حد|شخص|موظف|بني آدم|المسؤول|حد من عندكم"],
    ("human", "mey"): ["|الله يجازيك|السلام عليكم", "ندور|نقد|نبغي", "نتكلم مع|نحكي مع|نكلم", "حد|بنادم|المسؤول|حد منكم|انسان"],
    ("human", "en"): ["|please|hello|abeg", "i want to|can i|i need to|let me|i would like to|i wan", "talk to|speak with|speak to|chat with|be connected to", "a person|a human|someone|an agent|a real person|somebody from your team|an advisor|a counsellor"],
    ("change_language", "fr"): ["|svp|s'il vous plaît", "parlez|répondez|écrivez|je veux que vous répondiez|passez|on peut parler|réponds-moi", "en arabe|en français|en anglais|en darija", "|merci"],
    ("change_language", "ar"): ["|من فضلك|لو سمحت", "تكلم|أجب|اكتب|أريد الرد|أجبني|تحدث معي", "بالعربية|بالفرنسية|بالإنجليزية|باللغة العربية|باللغة الفرنسية"],
    ("change_language", "ary"): ["|عافاك", "هدر معايا|جاوبني|كتب ليا|بغيت نهدر معاك|بغيت الجواب", "بالعربية|بالفرنسية|بالفرنساوية|بالدارجة|بالإنجليزية"],
    ("change_language", "ary-Latn"): ["|3afak|svp", "hder m3aya|jawbni|kteb liya|bghit ljawab|dwi m3aya|hdar", "b l3arbia|b lfrançais|b lfransawiya|b darija|b langlais|bl 3arbiya"],
    ("change_language", "aeb"): ["|يعيشك", "احكي معايا|جاوبني|اكتبلي|jewebni|ahki m3aya", "بالعربي|بالفرنسي|بالانقليزي|بالتونسي|bel 3arbi|bel français"],
    ("change_language", "arq"): ["|من فضلك", "اهدر معايا|جاوبني|اكتبلي|jawebni|hder m3aya", "بالعربية|بالفرنسية|بالقبايلية|بالدارجة|bel 3arbia|bel français"],
    ("change_language", "ayl"): ["|لو سمحت", "احكي معاي|رد عليا|اكتبلي|جاوبني", "بالعربي|بالانجليزي|بالفرنساوي|بالليبي"],
    ("change_language", "mey"): ["|الله يجازيك", "تكلم معاي|جاوبني|اكتبلي|رد علي", "بالعربية|بالحسانية|بالفرنسية"],
    ("change_language", "en"): ["|please|abeg", "speak|reply in|write in|answer me in|can we talk in|switch to|talk to me in|i want", "english|french|arabic|darija", "|please"],
}  # fmt: skip


def lines(key: Tuple[str, str]) -> List[str]:
    found = {" ".join(" ".join(parts).split()) for parts in itertools.product(*(p.split("|") for p in PARTS[key]))}
    return sorted(found, key=lambda text: hashlib.sha256(text.encode()).hexdigest())[:PER_LIST]


def as_yaml() -> str:
    out = ["# Generated by scripts/combine_controls.py; do not edit.", 'version: "3.1"', "nlu:"]
    for intent, variety in PARTS:
        out += [f"- intent: {intent}", f"  metadata: {{variety: {variety}}}", "  examples: |"]
        out += ["    - " + text for text in sorted(lines((intent, variety)))]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_yaml(), "utf-8")
    print(f"{sum(len(lines(key)) for key in PARTS)} lines")
