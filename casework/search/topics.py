"""Which topics a question is about: it is compared with typical questions of each, in whatever language it is asked."""

import numpy as np

from casework.account.kinds import Topic
from casework.search.embedders import Embedder
from casework.search.weights import Array

MOST = 3  # topics that one question is taken to be about

# As agencies ask. English stands for all languages: the model puts the same question of two languages close together.
TYPICAL: dict[Topic, tuple[str, ...]] = {
    Topic.HOME: (
        "Who lives in the household?", "Where does the child sleep?",
        "Who looks after the child when the mother is out?",
        "What are the living arrangements of the family?", "Are there brothers or sisters at home?",
    ),
    Topic.SCHOOL: (
        "How is the child doing at school?", "What happened in class or with a teacher?", "Has school work changed?",
        "What does the child do after school?", "Does the child stay away from school?",
    ),
    Topic.ONLINE: (
        "Were pictures sent or shared on the internet?", "Which app, account or website was used?",
        "Did a stranger write to the child online?", "Have others seen or received the images?",
        "What was the user name or profile?",
    ),
    Topic.PERSON: (
        "What does the suspect look like?", "Who is the suspect and how do they know each other?",
        "Was anybody else involved or present?", "What is the name of the man?", "Who could be a witness?",
    ),
    Topic.PLACE: (
        "Where did it happen?", "What does the room look like and what was in it?", "Which building or address was it?",
        "Where did the child go or hide?", "How do you get to that place?",
    ),
    Topic.TIME: (
        "When did it begin?", "When was the last time?", "How often did it happen?", "On which day and at what time?",
        "How long did it last?",
    ),
    Topic.DEVICE: (
        "Was there a camera, a phone or a computer?", "Where is the device now?", "How was it filmed or recorded?",
        "What does the phone or laptop look like?", "On which device are the recordings stored?",
    ),
    Topic.FEELINGS: (
        "How did the child feel?", "How does the child sleep, and are there bad dreams?",
        "Is there a danger of self-harm?", "What does the child wish for?", "What was going through the child's mind?",
    ),
    Topic.SAFETY: (
        "Was the child threatened or told to keep it secret?", "What is the child afraid of?",
        "Has the suspect been in touch since?", "What would help the child to be safe?",
        "What would happen if the child told?",
    ),
    Topic.TOLD_WHOM: (
        "Whom did the child tell first?", "How did the adult who was told react?", "Does anybody else know?",
        "Did the child try to tell somebody before?", "Did a friend or teacher hear about it?",
    ),
}  # fmt: skip


_made: dict[str, tuple[Array, Array]] = {}


def _typical(embedder: Embedder) -> tuple[Array, Array]:
    """Vectors of the typical questions, and the place of its topic for each. Made once in a process: 0.4 seconds."""
    if embedder.name not in _made:
        _made[embedder.name] = _make(embedder)
    return _made[embedder.name]


def _make(embedder: Embedder) -> tuple[Array, Array]:
    questions = [question for each in TYPICAL.values() for question in each]
    owners = [place for place, each in enumerate(TYPICAL.values()) for _question in each]
    return embedder.questions(questions), np.array(owners)


def topics_asked_for(embedder: Embedder, vector: Array) -> tuple[Topic, ...]:
    """The topics that a question is likeliest about, likeliest first. `vector`: of the question."""
    typical, owners = _typical(embedder)
    near = typical @ vector
    closest = [float(near[owners == place].max()) for place in range(len(TYPICAL))]
    order = sorted(range(len(TYPICAL)), key=lambda place: -closest[place])
    return tuple(list(TYPICAL)[place] for place in order[:MOST])
