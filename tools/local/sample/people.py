"""The people of the sample calls: users of several countries, each in their own time zone."""

import unicodedata
from dataclasses import dataclass
from hashlib import sha512
from typing import Final

BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Region:
    """Where users live. A name not in Latin letters is followed by its Latin form, for the email address."""

    timezone: str
    given: str
    family: str
    family_first: bool = False


REGIONS: Final = (
    Region("Europe/Berlin", "Käthe Jürgen Björn Anke Sönke", "Schäfer Müller Weiß Köhler Groß"),
    Region("America/New_York", "Grace Marcus Naomi Tyler Olivia", "Bennett O’Connor Washington Ruiz Feldman"),
    Region(
        "Asia/Shanghai", "静/Jing 伟/Wei 秀英/Xiuying 磊/Lei 芳/Fang", "王/Wang 李/Li 张/Zhang 刘/Liu 陈/Chen", True
    ),
    Region("Europe/London", "Imogen Rhys Siân Callum Farah", "Whitaker Davies Okonjo McAllister Hussain"),
    Region("Asia/Kolkata", "Priya Arjun Ananya Rahul Divya", "Iyer Sharma Banerjee Patel Nair"),
    Region("America/Sao_Paulo", "João Beatriz Antônio Luíza Caio", "Gonçalves Araújo Conceição Souza Magalhães"),
    Region(
        "Asia/Tokyo",
        "美咲/Misaki 健太/Kenta 陽子/Yoko 翔/Sho 桜/Sakura",
        "佐藤/Sato 鈴木/Suzuki 高橋/Takahashi 田中/Tanaka 渡辺/Watanabe",
        True,
    ),
    Region("America/Los_Angeles", "Maya Diego Kaitlyn Andre Linh", "Nguyen Castillo Whitfield Brooks Tran"),
    Region("Europe/Paris", "Zoé François Hélène Loïc Maëlle", "Lefèvre Dubois Béranger Moreau Chevalier"),
    Region("Africa/Lagos", "Ngozi Tunde Ifẹ́olúwa Chidi Adaeze", "Okafor Adébáyọ̀ Balogun Eze Nwosu"),
    Region("Europe/Warsaw", "Łukasz Małgorzata Paweł Zofia Wojciech", "Wójcik Mazur Kowalczyk Nowak Sikora"),
    Region(
        "Africa/Cairo",
        "ليلى/Layla يوسف/Youssef نور/Nour عمر/Omar سلمى/Salma",
        "حسن/Hassan منصور/Mansour فاروق/Farouk شريف/Sherif صالح/Saleh",
    ),
    Region(
        "Asia/Seoul",
        "지우/Jiwoo 민준/Minjun 서연/Seoyeon 도윤/Doyun 하은/Haeun",
        "김/Kim 이/Lee 박/Park 최/Choi 정/Jung",
        True,
    ),
)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who makes calls."""

    did: str
    full_name: str
    email: str
    timezone: str

    @property
    def info(self) -> dict[str, str]:
        """`userInfo`, as a call carries it."""
        avatar = f"https://people.example.com/{self.did}.png"
        return {"did": self.did, "fullName": self.full_name, "email": self.email, "avatar": avatar}


def sample_users(users: int = 24) -> list[User]:
    """The users, from the heaviest on. Fewer of them are the beginning of more."""
    return [_user(rank) for rank in range(users)]


def did(prefix: str, name: str) -> str:
    """An identifier that looks like an ABT DID, the same for the same name."""
    return prefix + "".join(BASE58[byte % 58] for byte in sha512(name.encode()).digest()[:33])


def _user(rank: int) -> User:
    turn, place = divmod(rank, len(REGIONS))
    region = REGIONS[place]
    given, family = region.given.split(), region.family.split()
    # Each turn through the given names meets the family names one further on: 25 people a region before any repeats.
    first, _, first_latin = given[turn % len(given)].partition("/")
    last, _, last_latin = family[(turn + turn // len(given)) % len(family)].partition("/")
    full_name = f"{last}{first}" if region.family_first else f"{first} {last}"
    mailbox = f"{_ascii(first_latin or first)}.{_ascii(last_latin or last)}".lower()
    domain = "example.org" if rank % 3 == 1 else "example.com"
    return User(did("z1", f"user {rank}"), full_name, f"{mailbox}@{domain}", region.timezone)


def _ascii(name: str) -> str:
    letters = name.translate(str.maketrans({"ł": "l", "Ł": "L", "ß": "ss"}))
    return unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
