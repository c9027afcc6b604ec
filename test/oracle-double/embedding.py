"""What a model in the double makes of a text: a bag of its words. As a real one does, it reads so many and no more, has one
vector for all that it does not know, and says neither."""

import array
import random
import re

READS = 48
DIMENSIONS = 64
WORD = re.compile(r"[a-z0-9']+|\S")
UNKNOWN = '[UNK]'
KNOWN_SIGN = re.compile(r'[ -~À-ɏЀ-ӿ]')
VECTORS = {}


def vector_of(text):
    total = [0.0] * DIMENSIONS
    for word in WORD.findall((text or '').lower())[:READS]:
        for place, value in enumerate(word_vector(word if KNOWN_SIGN.match(word) else UNKNOWN)):
            total[place] += value
    return array.array('f', total).tobytes()


def word_vector(word):
    known = VECTORS.get(word)
    if known is None:
        chance = random.Random(word)
        known = VECTORS[word] = [chance.gauss(0, 1) for _ in range(DIMENSIONS)]
    return known
