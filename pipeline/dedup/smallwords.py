"""Function words of the large wire languages: what no story can be recognised by.

A list that is short of words costs little: a frequent word loses its weight by being frequent (see threads).
"""

from __future__ import annotations

_WORDS = {
    "english": """
        a about after again against all also am an and any are as at be because been before being between both
        but by can could did do does doing down during each few for from further had has have having he her
        here hers him his how i if in into is it its just me more most my no nor not now of off on once only
        or other our out over own said say says same she should so some such than that the their them then
        there these they this those through to told too under until up very was we were what when where which
        while who whom why will with would you your yesterday today tomorrow""",
    "french": """
        de la le les et des en un une du dans pour qui que sur par au aux est il elle ce cette ces se ne pas
        plus sont ont été""",
    "spanish": """
        el los las y del una con por para su sus al lo como más pero se ha o es no""",
    "german": """
        der die das und in den von zu mit sich auf für ist im dem nicht ein eine als auch es an werden aus er
        hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber
        vor zur bis mehr durch man sein""",
    "italian": """
        di che il per non della si da sono dei nel con alla più anche gli""",
    "portuguese": """
        os um uma do da em não com na no mais as dos que foi""",
    "dutch": """
        het een van en dat is op te zijn voor met die niet aan er om ook als bij maar naar dan""",
    "russian": """
        и в не на я что с по он как это к из у за от о для же но его то а до бы так""",
    "arabic": """
        من في على إلى عن أن التي الذي هذا هذه مع كان لا ما قال""",
}

SMALL_WORDS = frozenset(word for words in _WORDS.values() for word in words.split())
