// How two English words relate: forms of one, or opposites.

import { meaningOf, stemOf, wordSet } from './english-words.ts';

const DERIVATIONS = wordSet('e ed s es ing th ment ion ation iv ive ness iness ly al y ity');

/** Whether two words are forms of one: invest and investment, grow and growth. */
export function areRelated(one: string, other: string): boolean {
  let shared = 0;
  while (shared < one.length && one[shared] === other[shared]) shared += 1;
  const [rest, otherRest] = [one.slice(shared), other.slice(shared)];
  const isForm = (ending: string): boolean => ending === '' || DERIVATIONS.has(ending);
  return shared >= 4 && isForm(rest) && isForm(otherRest);
}

const ANTONYMS = `
on off
open close
enable disable
increase decrease
increase reduce
raise lower
up down
left right
north south
east west
hot cold
warm cool
big small
long short
high low
fast slow
quick slow
new old
young old
good bad
best worst
better worse
more less
most least
many few
max min
maximum minimum
start stop
start quit
start end
first last
before after
early late
above below
over under
inside outside
in out
into out
push pull
buy sell
borrow lend
give take
send receive
upload download
import export
encode decode
encrypt decrypt
compress decompress
lock unlock
mute unmute
install uninstall
add remove
add delete
create delete
connect disconnect
attach detach
show hide
allow deny
allow block
allow forbid
accept reject
approve reject
include exclude
win lose
gain lose
pass fail
true false
positive negative
legal illegal
safe dangerous
healthy unhealthy
happy sad
love hate
like dislike
rich poor
hard easy
light heavy
light dark
strong weak
wet dry
full empty
public private
free paid
male female
man woman
boy girl
husband wife
father mother
brother sister
son daughter
uncle aunt
king queen
teacher student
employer employee
lawyer client
doctor patient
question answer
cause effect
cause prevent
advantage drawback
benefit drawback
benefit risk
pro con
asset liability
profit loss
income expense
credit debit
supply demand
import export
internal external
introvert extrovert
ancient modern
past future
arrive depart
arrival departure
enter exit
login logout
ascending descending
horizontal vertical
input output
sync async
synchronous asynchronous
vegetarian vegan
ally enemy
alive dead
birth death
morning evening
day night
summer winter
sunrise sunset
lend borrow
win lose
always never
with without
for against
all none
can cannot
read write
client server
local remote
forward backward
clockwise counterclockwise
odd even
parent child
single married
domestic foreign
optional required
highest lowest
cheapest expensive
cheap expensive
oldest youngest
oldest newest
biggest smallest
longest shortest
strongest weakest
fastest slowest
hottest coldest
richest poorest
easiest hardest
earliest latest
heaviest lightest
majority minority
senior junior
`;
const NEGATING = wordSet('un in im il ir dis non de mis anti counter a over under');

const OPPOSITES: ReadonlySet<string> = new Set(
  ANTONYMS.trim()
    .split('\n')
    .flatMap((line) => {
      const [one = '', other = ''] = line.split(' ').map((word) => stemOf(meaningOf(word)));
      return [`${one} ${other}`, `${other} ${one}`];
    }),
);

export function areOpposites(one: string, other: string): boolean {
  const [longer, shorter] = one.length > other.length ? [one, other] : [other, one];
  if (shorter.length >= 3 && longer.endsWith(shorter) && NEGATING.has(longer.slice(0, -shorter.length)))
    return true;
  return OPPOSITES.has(`${stemOf(one)} ${stemOf(other)}`);
}
