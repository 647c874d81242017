"""What is found in a text: the values that :func:`nlp.reader.Reader.read` returns."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today, as a row of the gazetteer."""

    #: Official code of the General Statistics Office, five digits.
    code: str
    #: Name without its kind: "Kha Sơn".
    name: str
    #: "xã", "phường" or "đặc khu".
    kind: str
    #: Province name: "Thái Nguyên".
    province: str


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """Where the text says it happened."""

    #: The one commune the text means, None when none or several fit.
    commune: Commune | None = None
    #: The communes it may mean when several fit; empty otherwise.
    candidates: tuple[Commune, ...] = ()
    #: Province named or implied by the commune, None when unknown.
    province: str | None = None
    #: The old unit that was named ("xã Nga My, huyện Phú Bình"), when it was converted to a commune of today.
    old_name: str | None = None
    #: The finer place in the citizen's own words ("xóm Đông"), None when none was given.
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Pii:
    """A span of private data: ``text[start:end]``, offsets into the text as given."""

    start: int
    end: int
    #: "phone", "id", "email", "bank", "plate" or "name".
    type: str


@dataclass(frozen=True, slots=True)
class Part:
    """The words of one issue, in a text that tells of two."""

    #: The normalized text of this part.
    text: str
    topic: str
    probability: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything found in one text. Probabilities lie between 0 and 1."""

    #: Best five topics with their probability, best first; empty when the text was empty.
    topics: tuple[tuple[str, float], ...] = ()
    #: ``phan_anh kien_nghi khieu_nai to_cao hoi_dap khen khac`` with its probability; None when the text was empty.
    kind: str | None = None
    kind_probability: float = 0.0
    #: What small talk it is (``chao cam_on hoi_bot theo_doi vo_nghia ngoai_pham_vi chui gap_nguoi tuyet_vong``),
    #: None for a concern.
    talk: str | None = None
    #: Probability that the text is small talk rather than a concern.
    talk_probability: float = 0.0
    #: Probability of danger to life or limb.
    urgent: float = 0.0
    #: Probability that it accuses an official or a unit, or tells of abuse.
    restricted: float = 0.0
    #: How it is written: ``thuong khong_dau teencode hoa trang_trong``.
    register: str = "thuong"
    place: PlaceReading = field(default_factory=PlaceReading)
    #: The unit or post accused, in the citizen's words; None when nobody is.
    accused: str | None = None
    pii: tuple[Pii, ...] = ()
    #: The words that decided the topic, in the citizen's own spelling.
    why: tuple[str, ...] = ()
    #: Its two issues in order, when the text tells of two; else empty.
    parts: tuple[Part, ...] = ()
    #: Whether the deep reader was asked as well.
    deep: bool = False
    #: Version of the reader.
    read_by: str = ""

    @property
    def topic(self) -> str | None:
        """The best topic, None when there is none."""
        return self.topics[0][0] if self.topics else None

    @property
    def confidence(self) -> float:
        """Probability of the best topic, 0 when there is none."""
        return self.topics[0][1] if self.topics else 0.0
