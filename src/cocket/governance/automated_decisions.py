# SPDX-License-Identifier: Apache-2.0
"""What this installation decides by machine and what it does not, as it is told to those whose goods it is about.

It gives the principles and what a person can do, not the computation: what would let an offender choose his way is not told,
and whoever may weigh that secret, an authority or a court, is given all of it from the sealed record.

Source: GDPR, articles 13(2)(f), 15(1)(h) and 22; CJEU C-634/21 (a score on which a decision draws strongly is the decision)
and C-203/22 (procedure and principles so that one can contest; secrets go to authority or court to weigh).
"""

from __future__ import annotations

from typing import Final

#: The statement: headings, each with its sentences.
STATEMENT: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "What a machine does",
        (
            "A program reads each declaration, checks it against its standard and the law, and says what is wrong with it.",
            "A program assesses how likely an irregularity is, and advises which goods to look at.",
            "It uses what was declared, what earlier declarations and examinations showed, rules that people wrote, and chance.",
            "It uses no religion, ethnic origin, opinions, health or other special categories of data.",
        ),
    ),
    (
        "What a person decides",
        (
            "Whether an irregularity was found is decided by an officer who examined goods or papers, never by a program.",
            "Values, goods codes, additional duties, seizures and penalties are decided by officers, with grounds.",
            "An officer may set advice aside at any time, and says why; the reason is sealed.",
        ),
    ),
    (
        "What is decided without a person",
        (
            "Goods that are not advised for a look may be released without a person having looked at them.",
            "A message that breaks its standard is refused by the program, with every reason. It can be corrected and sent again.",
        ),
    ),
    (
        "What would have changed it",
        (
            "The findings on a message name each place that led to its refusal; without them it is accepted.",
            "After release, and where the administration allows it, you are shown what in your declaration to check again.",
            "Goods are looked at less often where earlier declarations proved right and goods, values and parties are described precisely.",
            "Nothing takes goods out of the share that is drawn at random.",
        ),
    ),
    (
        "What you can do",
        (
            "You can ask that a person looks at it, say how you see it, and contest what came of it.",
            "A person other than the one who decided answers within the time that the law gives, with grounds.",
            "If you disagree, you can appeal to an authority independent of customs, and finally to a court.",
            "How goods are scored and by which rules is not disclosed: it would help offenders. A court that may weigh that is given it.",
        ),
    ),
)
