// Words whose neighbours in meaning are never the same thing, however close their vectors are: a member of one of these
// classes that stands on one side only always makes another question.

import { meaningOf, stemOf, wordSet } from './english-words.ts';

const CLASSES = `
  first second third fourth fifth sixth seventh eighth ninth tenth last next previous former current latest
  million billion trillion dozen half quarter third double triple single once twice forty fifty sixty seventy eighty
  ninety
  second minute hour day week month quarter year decade century daily weekly monthly yearly annual hourly today
  yesterday tomorrow tonight now am pm
  january february march april june july august september october november december monday tuesday wednesday thursday
  friday saturday sunday spring summer autumn fall winter morning noon afternoon evening night midnight
  meter metre kilometer kilometre centimeter centimetre millimeter mile yard inch foot acre hectare liter litre gallon
  ounce pound kilogram gram ton tonne cup spoon teaspoon tablespoon celsius fahrenheit kelvin watt volt ampere joule
  calorie byte kilobyte megabyte gigabyte terabyte bit kb mb gb tb mg kg km cm mm ml lb oz mph hz mhz ghz square cubic
  dollar euro yen yuan rupee ruble franc peso usd eur gbp jpy inr cny percent
  red orange yellow green blue purple pink brown black white gray grey gold silver bronze
  left right north south east west top bottom front back upper lower inner outer middle
  dog cat rat mouse rabbit hamster spider snake bird fish horse cow pig sheep goat chicken duck lion tiger bear wolf fox
  lobster turtle frog lizard ferret bee ant bull monkey elephant shark whale
  beef pork lamb salmon tuna shrimp rice pasta bread cheese milk egg butter oil sugar salt flour apple banana orange
  grape lemon tomato potato onion garlic carrot tea coffee beer wine juice soup seed worm insulin
  head eye ear nose mouth tooth neck shoulder arm elbow wrist hand finger thumb chest back hip leg thigh knee ankle
  foot heel toe heart lung liver kidney brain spine skin hair bone
  iron steel copper zinc aluminum aluminium lead tin nickel hydrogen oxygen nitrogen carbon helium
  father mother son daughter brother sister uncle aunt cousin nephew niece husband wife boyfriend girlfriend
  grandfather grandmother man woman boy girl male female
  math physics chemistry biology history geography economics psychology sociology philosophy law medicine
  engineering mechanical electrical civil chemical
  teacher student doctor nurse lawyer engineer editor actor singer writer artist accountant manager intern
  english french german spanish italian portuguese russian polish chinese japanese korean arabic hindi greek turkish
  python java javascript typescript ruby rust php swift kotlin scala perl sql html css windows linux mac android ios
  excel word pdf csv json xml yaml docker kubernetes react vue angular mysql postgres sqlite oracle redis
  beginner intermediate advanced expert introductory primary secondary elementary middle undergraduate graduate
  child teenager adult senior baby toddler infant
  football soccer basketball baseball tennis golf hockey cricket rugby boxing
  public private free paid new old local remote internal external domestic foreign online offline manual automatic
  cancer diabetes asthma flu cold fever malaria measles mumps aspirin ibuprofen paracetamol acetaminophen
  rent mortgage loan tax credit debit stock bond
`;

const MEMBERS: ReadonlySet<string> = new Set(
  [...wordSet(CLASSES)].flatMap((word) => [word, meaningOf(word), stemOf(meaningOf(word))]),
);

export const isOfClosedClass = (word: string): boolean => MEMBERS.has(word);
