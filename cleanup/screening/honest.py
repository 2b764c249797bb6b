"""Words that experts themselves put for one another: a swap of these says nothing about a text.

*Monte Carlo technique* is as honest as *Monte Carlo method*.  The groups were written for this program after
reading what the search for terms found in clean papers.
"""

from __future__ import annotations

_GROUPS = """
method technique approach algorithm procedure scheme strategy methodology routine heuristic
equation formula expression identity relation
distribution dispersion spread allocation
prediction forecast projection prognosis estimation
predictive prognostic predicting
analysis evaluation assessment study investigation examination inspection review
test trial experiment exam check
value quantity amount figure number score
function operator map mapping
size length width thickness extent dimension
file folder directory document record archive
computer workstation machine desktop pc
program software package tool application utility code app programme
picture image photograph photo figure
data information info dataset
error mistake fault failure
limit bound threshold
rule guideline principle law
comparison contrast
difference dissimilarity discrepancy gap
average mean norm median
feature attribute property characteristic trait
class category kind type group label
model framework system architecture design structure layout
user client customer consumer
search lookup query retrieval
rapid fast quick speedy
spatial geographic geographical geospatial
maximum maximal highest largest greatest peak
minimum minimal lowest smallest least
random arbitrary stochastic randomized
probabilistic stochastic
mathematical arithmetic arithmetical numerical numeric algebraic
statistical probabilistic
multinomial polynomial binomial
encoding encryption coding
pollutant toxicant contaminant
blood plasma serum
pain ache
illness disease disorder condition
patient case subject participant
drug medicine medication remedy
cure treatment therapy remedy
heart cardiac
liver hepatic
kidney renal
brain cerebral
lung pulmonary
survival endurance
knowledge expertise understanding
proposed suggested recommended presented
additional further extra supplementary
significant substantial considerable marked
significantly substantially considerably markedly
current present existing
earlier previous prior past
next following subsequent
important essential crucial key vital
large big great high
small little low tiny
whole complete entire full total overall
new novel recent
common usual typical ordinary general popular
parallel concurrent simultaneous corresponding analogous
independent separate
adaptive flexible
distributed decentralized decentralised
input entry insert
output result outcome
link connection
network net web mesh
web internet online
position location placement place site
area region zone field
group cluster
language idiom dialect
circumstance condition
client user server
harmful injurious
layer level tier stage phase
step stage phase
price cost expense fee
tax duty levy
income revenue profit earnings
car vehicle automobile truck
gas petrol gasoline
railway railroad
energy power
speed velocity rate
job task work
worker employee
company firm business enterprise
teacher instructor tutor
student pupil learner
child kid
man male
woman female
film movie
mail post email
chart plot graph diagram
table list
object item entity
signal flag mark
key identifier id
measure metric measurement index indicator
unbiased independent
optimal best ideal
solution answer
problem issue question
change variation shift
growth increase rise
decline decrease fall reduction
"""

_GROUPS_OF: dict[str, set[int]] = {}
for _number, _row in enumerate(_GROUPS.strip().splitlines()):
    for _word in _row.split():
        _GROUPS_OF.setdefault(_word, set()).add(_number)


def is_honest_swap(written: str, term: str) -> bool:
    """Whether two words, in the singular or the plural, stand for one another in honest prose.

    >>> is_honest_swap("techniques", "method"), is_honest_swap("profound", "deep")
    (True, False)
    """
    return bool(_groups(written) & _groups(term))


def _groups(word: str) -> set[int]:
    found = set(_GROUPS_OF.get(word, ()))
    for ending, singular in (("s", ""), ("es", ""), ("ies", "y"), ("ae", "a"), ("ses", "sis")):
        if word.endswith(ending):
            found |= _GROUPS_OF.get(word.removesuffix(ending) + singular, set())
    return found
