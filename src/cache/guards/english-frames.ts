// English ways to ask the same, rewritten into one. Applied in order to words that are joined by single spaces and
// stand between two spaces.

type Rewriting = readonly [RegExp, string];

const PERSON = '(?:i|you|we|one|someone|somebody|anyone|a person|people|u)';
const PRAISE = '(?:best|good|great|top|nice|better)';

const POLITENESS: readonly Rewriting[] = [
  [
    /^ (?:i am|i was|just) (?:just )?(?:wondering|curious)(?: about)? (?=what|how|why|who|where|when|which)/,
    ' ',
  ],
  [
    /^ (?:do you have |does anyone have )?any idea (?:about |of |on )?(?=what|how|why|who|where|when|which)/,
    ' ',
  ],
  [
    /^ (?:(?:can|could|would|will) (?:you|anyone|anybody|someone|somebody) )?(?:please )?(?:suggest|recommend)(?: me| us)? (?:a |an |some |any |the )?(?=(?:good|best|great|nice) )/,
    ' what ',
  ],
  [/^ (?:(?:please|hi|hello|hey|ok|okay|well|thanks) )+/, ' '],
  [/ (?:please|thanks|thank you) $/, ' '],
  [
    /^ (?:can|could|would|will) (?:you|anyone|anybody|someone|somebody)(?: please)? (?:tell|explain to|explain|give) (?:me |us )?(?=what|how|why|who|where|when|which)/,
    ' ',
  ],
  [/^ (?:please )?(?:tell|explain to) (?:me|us) (?=what|how|why|who|where|when|which)/, ' '],
  [
    /^ (?:can|could|would|will) (?:you|anyone|someone)(?: please)? explain (?:to me |me |us )?(?:the |a |an )?/,
    ' what ',
  ],
  [
    /^ (?:i want|i would like|i need|i wish) to (?:know|understand|learn) (?=what|how|why|who|where|when|which)/,
    ' ',
  ],
];

/** What stands in front of a question and may as well stand behind it. */
const FRONTED: readonly Rewriting[] = [
  [/^ ((?:if|when|while|as) .+?) ((?:what|how|why|where|who) (?!is |are |was |were ).+) $/, ' $2 $1 '],
];

const WHICH: readonly Rewriting[] = [
  [
    /^ (?:please )?(?:explain|describe)(?: the concept of| to me)? (?!how|why|what|who|when|where|which)/,
    ' what ',
  ],
  [/ (?:which|what) one (?=is|are|was|would|will|should|do|does)/g, ' what '],
  [/ which (?=is|are|was|were|will|would|should|do|does|of)/g, ' what '],
  [/^ which /, ' what '],
  [/^ (?:does|do) (?:anyone|anybody|someone|you)(?: here)? know (?=what|how|why|who|where|when)/, ' '],
  [/ what is it that /g, ' what '],
  [/(?<=\S) which (?!is better|one)/g, ' that '],
  [/ (?:in order|so as) to /g, ' to '],
  [/ (?:due to|on account of) /g, ' because of '],
  [/ (?:is|are|am) going to /g, ' will '],
  [/ for (?:me|us|you|one|someone|a person) to /g, ' to '],
  [/ (?:similar to|alike) /g, ' like '],
  [/ how much time (?:do|does|will|would|did) /g, ' how long does '],
  [/ (?:know|tell|find out|figure out|check) (?:if|whether|that) /g, ' know '],
  [/ get rid (?:of |off |from )?/g, ' remove '],
  [/ (?:get over|deal with|cope with) /g, ' overcome '],
  [/ what (?:is|are) (?:the )?(?:main |real |actual |possible )?reasons? (?:why|that|for which) /g, ' why '],
  [
    / what (?:is|are) (?:your|you) (?:personal )?(?:opinion|opinions|view|views|thought|thoughts|take)s? (?:on|of|about|regarding|over) /g,
    ' opinion ',
  ],
  [/ (?:what|how) do you (?:think|feel) (?:of|about|on|regarding) /g, ' opinion '],
  [
    / how (?:do|does|did|will|would|can|could|has|have|is|are) (.+?) (?:affect|impact|effect|influence|affecting|going to affect) (.+) $/,
    ' what effect of $1 on $2 ',
  ],
  [
    / what (?:will|would|can|could|may|might) (?:be )?(?:the )?(effect|effects|impact|impacts|consequence|consequences) /g,
    ' what is the $1 ',
  ],
  [/ what (?:should|must) be (?:the |a |an )?/g, ' what is '],
  [
    / (how (?:can|do|does|should|could|would|to|will)(?: i| you| we| one)?) (?:be|become|get) (?=(?:a|an|the|more|less) )/g,
    ' $1 become ',
  ],
  [/(?<! feel| like| it) to be (?=(?:a|an) )/g, ' to become '],
  [/ what (?:will|would|could|can|may|might) happen (?:if|when) /g, ' what if '],
  [/ what happens? (?:if|when) /g, ' what if '],
  [/ who (?:do|does) (.+?) think (?:is|are) (.+) $/, ' who is $2 according to $1 '],
  [/ with (?:no|zero) /g, ' without '],
  [/ if any /g, ' '],
  [/^ it is possible to /, ' is it possible to '],
  [/ in (?:my|your|our|the) (?:entire |whole )?(?:life|lifetime)(?= $| and )/, ' in life'],
  [/(?<=(?:ever|have) [a-z]+) in life $/, ' '],
  [
    /(?<=(?: best| worst| most|est) .*) ever (?:made|written|created|produced|recorded|told|invented|published) $/,
    ' ',
  ],
  [
    /^ (?:have you|has anyone|has anybody|has someone|has somebody)(?: here)? (?:ever )?(?=[a-z]+)/,
    ' have you ',
  ],
  [
    /(?<! what| how| that| which| where| if| whether) (?:that )?(?:i|you|we|one) can (?:do|get|find|have|make|imagine|think of) $/,
    ' ',
  ],
  [/ without any /g, ' without '],
  [/ (?:so|very) much /g, ' '],
  [/ a lot (?=of )?/g, ' '],
  [/(?<! what| learn) programming languages? /g, ' programming '],
  [
    / (?:that |which )?(?:(?:you|i|we|one) (?:have |had |has )?|have (?:you|i|we|one) )(?:ever )?(?:had|heard|seen|read|watched|received|been given|given|done|come across|experienced|used|tried|visited|played|met) $/,
    ' ',
  ],
  [/ (?:in your opinion|according to you|do you think) /g, ' '],
  [/ learn how to /g, ' learn to '],
  [/ (?:on|in|at) the (?:internet|web) /g, ' internet '],
  [/ online /g, ' internet '],
  [/ that (?:is|are) (?:there )?/g, ' '],
  [
    /( (?:most|best|top|worst|(?!forest|interest|honest|request|harvest|invest|protest|contest|suggest|arrest|digest|guest|chest|quest)[a-z]{3,}est) .*)(?: in (?:this|the|the whole|the entire|all the) world) $/,
    '$1 ',
  ],
  [/ in (?:this|the|all over the|whole) world $/, ' in world '],
  [
    / what (?:is|are) (?:the |a |an )?(?=(?:best|good|right|ideal) (?:places?|times?|age|day|month) )/,
    ' what ',
  ],
  [/ where (?:is|are) (?:the |a |an )?(?=(?:best|good|right|ideal) places? )/, ' what '],
  [/ when (?:is|are) (?:the |a |an )?(?=(?:best|good|right|ideal) (?:times?|age|day|month) )/, ' what '],
  [/ (?:if|when|while) (?:i am|you are|we are|one is) (?=(?:a|an) )/g, ' as '],
  [/(?<! like| of) being (?=(?:a|an) )/g, ' as '],
  [
    / should (i|we|you|one) (?:buy|purchase|get|go for|go with|choose|pick) (?!to )(?=.* or )/,
    ' should $1 get ',
  ],
  [/( (?:best|good|great|top) .+?) (?:that )?(?:i|you|we|one) (?:can|could|should) (?=[a-z])/, '$1 to '],
  [/ (what (?:is |are )?.+) what (?:is |are )?(?:some |a few |the )?examples $/, ' what examples of $1 '],
];

const WAYS =
  '(?:way|ways|method|methods|approach|approaches|technique|techniques|step|steps|procedure|process|trick|tricks|strategy|strategies)';
const HOW: readonly Rewriting[] = [
  [
    new RegExp(
      ` (?:is there|are there|do you know)(?: a| an| any| some)*(?: good| best| possible)* ${WAYS} (?:to|of|in which) `,
    ),
    ' how ',
  ],
  [
    new RegExp(
      ` what (?:is|are|would be|will be|can be|could be|might be|should be|must be)?(?: the| a| an| some| of| your| few| any| all)*(?: best| good| better| great| right| proper| most effective| effective| possible| different| various| top| ideal| most efficient)* ${WAYS} (?:to|of|for|in which|by which|on how to|so as to|that) (?:i can |you can |we can |one can )?`,
    ),
    ' how ',
  ],
  [
    new RegExp(
      ` what (?:should|can|could|must|do) ${PERSON} (?:have to |need to )?do (?:to|in order to|so that i can) `,
    ),
    ' how ',
  ],
  [/ what (?:does|do) it (?:feel|seem) like to /g, ' feel '],
  [/ what (?:is it|it is|was it) like(?: to be| to|) /g, ' feel '],
  [/ how (?:does|do) it feel (?:like )?(?:to be|to) /g, ' feel '],
  [/ how (?:is|was) it (?:like )?(?:to be|to) /g, ' feel '],
  [
    new RegExp(` how (?:can|do|does|should|could|would|shall|must|may) ${PERSON} (?:able to )?(?:best )?`),
    ' how ',
  ],
  [new RegExp(` how ${PERSON} (?:can|do|should|could) `), ' how '],
  [/ how (?:to best|best to|to can|to) /, ' how '],
  [/ how (?:is it possible to|it is possible to|would it be possible to) /, ' how '],
  [/ (how|way) (?:to )?go about /, ' $1 '],
  [/ what (?:can|should|could|must) be done to /, ' how '],
  [/ in (?:what|which) ways? (?:(?:can|could|should) (?:i|you|we|one) )?/, ' how '],
  [/^ how come /, ' why '],
];

const MEANING: readonly Rewriting[] = [
  [/ what (?:is|are) (?:the )?full forms? of (?:the )?(.+) $/, ' meaning $1 '],
  [/ what (?:is|are) (?:the )?uses? of (?:a |an |the )?(.+) $/, ' what use $1 '],
  [/ what (?:is|are) (?:a |an |the )?(.+) used for $/, ' what use $1 '],
  [/ how much (?:do|does) (?:a |an |the )?(.+) cost $/, ' what cost $1 '],
  [/ what (?:is|are) (?:the )?(?:cost|price)s? of (?:a |an |the )?(.+) $/, ' what cost $1 '],
  [/ how old (?:is|are) (.+) $/, ' what age $1 '],
  [/ how tall (?:is|are) (.+) $/, ' what height $1 '],
  [/ how deep (?:is|are) (.+) $/, ' what depth $1 '],
  [
    / what (?:is|are|was) (?:the )?(?:exact |actual |real |true )?(?:meaning|definition)s? (?:of|behind) (?:the )?(?:word |term |phrase )?(.+) $/,
    ' meaning $1 ',
  ],
  [/ what (?:is|are) meant by (?:the )?(?:word |term |phrase )?(.+) $/, ' meaning $1 '],
  [/ what (?:do|does) (?:the )?(?:word |term |phrase )?(.+) (?:mean|means|stand for) $/, ' meaning $1 '],
  [/ what (?:do|does) (?:the )?(.+) (?:mean|stand for) in (.+) $/, ' meaning $1 in $2 '],
  [/^ (?:define|definition of|meaning of) (.+) $/, ' meaning $1 '],
  [
    / (?:what is|what are|is there|are there|explain|tell me)(?: a| an| the| any| some| main| exact| real| actual| basic| major)* (?:difference|differences|distinction) between /g,
    ' difference ',
  ],
  [/ how (?:is|are|do|does) (.+) (?:different|differ) (?:from|than|to) /g, ' difference $1 and '],
];

const LISTS: readonly Rewriting[] = [
  [
    / what (?:is|are|would be|will be|can be|could be|might be|do you think is|do you think are|do you consider|do you consider to be)(?: the| a| an| some of the| some| few| any| all| thing| things that| one of the)* (?=\S)/g,
    ' what ',
  ],
  [/ what (?:some of the|some|the) /g, ' what '],
  [/ what ((?:[a-z]+ ){0,3}[a-z]+) (?:is|are) (?:the )?(?:best|good) /g, ' what best $1 '],
  [new RegExp(` what ${PRAISE} `, 'g'), ' what best '],
  [/ who (?:is|are)(?: the| a| an| some of the| some| all the)? /g, ' who '],
  [
    /^ where (?:can|do|could|should|would|may|might) (?:i|you|we|one|someone|people) (?:find|get|buy|purchase) (?:the |a |an |some )?/,
    ' where get ',
  ],
];

const AUXILIARIES: readonly Rewriting[] = [
  [/ why (?:is it that|it is that) /g, ' why '],
  [/ (why|where|when|how|what|who) (?:do|does|is|are|am) /g, ' $1 '],
  [/ (why|where|when|how|what|who) (?:did|was|were) /g, ' $1 past '],
  [/ how much (?:do|does|is|are|money do|money does|money is) /g, ' how much '],
  [/ how (many|much) (\S+) (?:do|does|is|are) /g, ' how $1 $2 '],
  [
    / is it (?:really |actually )?(?:possible|feasible) (?:for (?:me|us|you|one|someone|a person|people) )?to /g,
    ' can i ',
  ],
  [/ (?:is there|are there)(?: a| an| any| some)? /g, ' is_there '],
  [/^ (?:do|does) /, ' '],
];

const GENERIC: readonly Rewriting[] = [
  [
    / (what|where|when|which|why)((?: [a-z]+){0,4}) (should|can|could) (?:you|we|one|people|someone|a person) /g,
    ' $1$2 $3 i ',
  ],
  [/ what ((?:[a-z]+ ){0,2}[a-z]+) should i (?=[a-z])/, ' what best $1 to '],
  [/^ should (?:you|we|one|people|someone|a person) /, ' should i '],
  [/ (all )about $/, ' '],
  [
    / (?!the |a |an )(\S+) ((?:[a-z]+ ){0,2}[a-z]{3,}) (and|or|vs) (?:a |an |the )?(?!the |a |an )(\S+) \2 /,
    ' $1 $3 $4 $2 ',
  ],
];

const FRAMES = [
  ...POLITENESS,
  ...FRONTED,
  ...WHICH,
  ...HOW,
  ...MEANING,
  ...LISTS,
  ...AUXILIARIES,
  ...GENERIC,
];

export function applyFrames(words: string): string {
  let framed = words;
  for (const [pattern, replacement] of FRAMES) framed = framed.replace(pattern, replacement);
  return framed;
}
