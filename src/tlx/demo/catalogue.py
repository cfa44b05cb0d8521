"""The names of the simulated repository: rules with their actions, packages, configurations."""

from dataclasses import dataclass, replace
from enum import Enum, auto


class Route(Enum):
    """How an action gets done."""

    INLINE = auto()
    """By Buck2 itself."""
    DEFERRED = auto()
    """Declared only; the work is put off."""
    DOWNLOAD = auto()
    """By Buck2 itself, over the network."""
    LOCAL = auto()
    """A command that must run on this machine."""
    HYBRID = auto()
    """A command for whichever of local and remote is free first."""
    WORKER = auto()
    """A request to a persistent compiler process."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a rule, or one for each source of the target."""

    kind: str
    category: str
    identifier: str
    """A pattern: `{stem}` is a source without extension, `{name}` the target."""
    route: Route
    work: tuple[int, float] = (0, 0.0)
    """Median milliseconds of the command itself, and the spread of their logarithm."""
    output: tuple[int, float] = (0, 0.0)
    """Median bytes of the outputs, and the spread of their logarithm."""
    each: bool = False
    """One action for each source."""
    anew: bool = False
    """No cache ever has it."""
    dep_file: bool = False
    """The command reports which inputs it read, so dep-file caches apply."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of target: stages of actions, each stage waiting for the one before."""

    package: str
    """A pattern: `{area}` is a part of the tree, `{topic}` a word, `{version}` a version."""
    name: str
    """A pattern: `{topic}` as in the package, `{word}` another word."""
    stages: tuple[tuple[Step, ...], ...]
    configurations: tuple[str, ...]
    sources: int = 0
    """The usual number of sources; the largest targets have forty times as many."""
    topics: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DEFAULT = " (prelude//platforms:default#b42aeba648b8c415)"
RELEASE = " (prelude//platforms:release#0f3c9d6a71e2b854)"
ARM = " (root//platforms:android-arm64#93d1c07be5a4f268)"
EXEC = " (prelude//platforms:default-exec#5e8f20cda91b7346)"
MACOS = " (cfg//os:macos-arm64#c61d80f2b7394ea5)"
UNSPECIFIED = " (<unspecified>)"
UNSPECIFIED_EXEC = " (<unspecified_exec>)"
UNBOUND_EXEC = " (<unbound_exec>)"

TARGETS = (DEFAULT,) * 6 + (RELEASE, RELEASE, ARM, MACOS)
"""Configurations of ordinary targets, the usual one often."""
MOBILE = (ARM, ARM, ARM, DEFAULT)
TOOLS = (EXEC, EXEC, EXEC, UNSPECIFIED_EXEC, UNBOUND_EXEC)
FUNCTIONS = _words("main projects index manifest report schemes sources modules settings deps tests symbols")
PLAIN = (UNSPECIFIED,)
ANONYMOUS = tuple("@" + name for name in ("6e0a3f7b", "91c4d2e8", "07bd5a1f", "c2f86e39", "4ad91b70", "e813f6c5"))
FUNCTION = ("",)


TOPICS = _words("""
    auth billing cache camera catalog chat codec config crypto dns editor feed fonts gateway geo
    graph http index inbox ledger layout logging maps media metrics net notify orders parser
    payments player profile queue render router scheduler search session settings shaders storage
    streams sync text theme timeline tracing upload video voice widgets
""")
WORDS = _words("""
    core api base client server common util testing model view proto data types tools bridge native
""")
AREAS = ("app", "services", "core", "infra", "ui", "platform")
CRATES = _words("""
    serde syn tokio regex hyper rustls clap rayon flate2 anyhow bytes futures hashbrown indexmap
    itertools libc log memchr once_cell parking_lot proc-macro2 quote rand smallvec thiserror
    tracing url uuid winnow zstd
""")
C_LIBRARIES = _words("""
    zlib openssl boringssl curl sqlite protobuf abseil re2 fmt folly icu lz4 snappy libpng freetype
    harfbuzz
""")
STEMS = _words("""
    frame token packet buffer cursor batch arena socket pixel glyph vertex shard record column
    segment stream worker channel policy filter cipher header journal lease marker node page quota
    range region retry sample schema signal slot snapshot span state table ticket
""")
ENDINGS = _words("""
    parser reader writer cache pool index queue loader builder codec store map list view util
    test_helpers iterator registry factory handler options stats
""")
VERSIONS = tuple(f"{major}.{minor}.{patch}" for major in (0, 1, 2) for minor in (1, 3, 8, 12) for patch in (0, 2, 7))

ODD_NAMES = (
    "[bold red]x[/]",
    "[@click=app.quit]x[/]",
    "clear\u001b[2Jscreen",
    "表示/画面.cpp (pic)",
    "emoji/👩‍🚀_launch.cpp",
    "a\u2028b\u0085c",
    "'; DROP TABLE events; --",
)
"""Legal identifiers that have broken terminals, markup and line splitting."""

INPUTS = Step("SymlinkedDir", "symlinked_dir", "{name}/__srcs", Route.INLINE)
ARGUMENTS = Step("Write", "write", "{name}.argsfile", Route.INLINE, output=(900, 0.8))
MACROS = Step("WriteMacrosToFile", "write_macros", "{name}.macros", Route.INLINE, output=(300, 0.6))
COMPILE = Step(
    "Run",
    "cxx_compile",
    "{word}/{stem}.cpp (pic)",
    Route.HYBRID,
    (1300, 0.75),
    (48_000, 1.1),
    each=True,
    dep_file=True,
)
ARCHIVE = Step("Run", "archive", "lib{name}.pic.a", Route.HYBRID, (160, 0.5), (420_000, 1.2))
CXX_LINK = Step("Run", "cxx_link", "{name}", Route.LOCAL, (3_600, 0.55), (9_000_000, 1.0))
SHARED_LINK = Step("Run", "cxx_link", "lib{name}.so", Route.HYBRID, (1_700, 0.7), (2_100_000, 1.0))
METADATA = Step("Run", "rustc", "lib (metadata)", Route.HYBRID, (1_100, 0.8), (310_000, 1.0))
RUST_PIC = Step("Run", "rustc", "lib [pic]", Route.HYBRID, (2_400, 0.8), (1_900_000, 1.0))
RUST_STATIC = Step("Run", "rustc", "lib [static_pic]", Route.HYBRID, (2_600, 0.8), (2_000_000, 1.0))
CLIPPY = Step("Run", "clippy", "lib [clippy]", Route.HYBRID, (1_500, 0.7), (900, 1.2))
RUST_BINARY = Step("Run", "rustc", "bin [static_pic]", Route.LOCAL, (4_800, 0.5), (14_000_000, 0.8))
KOTLINC = Step("Run", "kotlinc", "{name}", Route.WORKER, (2_300, 0.7), (260_000, 1.1), dep_file=True)
JAVAC = Step("Run", "javac", "", Route.WORKER, (900, 0.7), (140_000, 1.1), dep_file=True)
JAR = Step("Run", "jar", "{name}.jar", Route.HYBRID, (130, 0.5), (380_000, 1.0))
GO_COMPILE = Step(
    "Run", "go_compile", "{word}/{stem}", Route.HYBRID, (620, 0.6), (180_000, 0.9), each=True, dep_file=True
)
GO_LINK = Step("Run", "go_link", "{name}", Route.LOCAL, (2_900, 0.5), (18_000_000, 0.5))
BYTECODE = Step("Run", "py_compile", "{word}/{stem}.py", Route.HYBRID, (85, 0.5), (7_000, 0.9), each=True)
LINK_TREE = Step("SymlinkedDir", "symlinked_dir", "{name}#link-tree", Route.INLINE)
PAR = Step("Run", "par", "{name}.par", Route.LOCAL, (1_900, 0.6), (31_000_000, 0.7))
GENRULE = Step("Run", "genrule", "", Route.LOCAL, (260, 1.1), (3_000, 1.8))
PROTOC = Step("Run", "protoc", "proto/{word}/{stem}.proto", Route.HYBRID, (170, 0.6), (22_000, 0.9), each=True)
DOWNLOAD = Step("DownloadFile", "http_archive", "{name}.tar.gz", Route.DOWNLOAD, (900, 0.9), (1_400_000, 1.4))
UNPACK = Step("Run", "unpack_archive", "{name}", Route.HYBRID, (520, 0.7), (6_000_000, 1.4))
TOOL_IMAGE = Step("CasArtifact", "cas_artifact", "{name}", Route.DEFERRED, output=(410_000_000, 0.8))
COPY = Step("Copy", "copy", "include/{word}/{stem}.h", Route.DEFERRED, output=(5_000, 1.0), each=True)
MANIFEST = Step("Write", "write", "{name}.manifest.json", Route.INLINE, output=(2_600, 0.9))
STRIP = Step("Run", "strip", "{name}", Route.LOCAL, (700, 0.5), (6_000_000, 0.8))
PACKAGE = Step("Run", "package", "{name}.tar.zst", Route.LOCAL, (9_000, 0.5), (52_000_000, 0.7))
LTO_LINK = Step("Run", "cxx_link", "{name} (thinlto)", Route.LOCAL, (38_000, 0.1), (210_000_000, 0.2), anew=True)
DEBUG_PACKAGE = Step("Run", "dwp", "{name}.dwp", Route.LOCAL, (12_000, 0.15), (640_000_000, 0.2), anew=True)
PROJECT = Step("Write", "write", "ide/{word}/{stem}.json", Route.INLINE, output=(18_000, 0.9), each=True)

LIBRARY = "root//src/{area}/{topic}"

TOOLCHAIN = Rule(
    "toolchains//",
    "{topic}_toolchain",
    ((TOOL_IMAGE, MACROS, ARGUMENTS),),
    (EXEC, UNSPECIFIED),
    topics=("clang", "rust", "kotlin", "go", "python", "jdk"),
)
CXX_TOOL = Rule("root//tools/{topic}", "{topic}_gen", ((ARGUMENTS, INPUTS), (COMPILE,), (CXX_LINK,)), TOOLS, 3)
RUST_TOOL = Rule("root//tools/{topic}", "{topic}-macro", ((ARGUMENTS,), (METADATA,), (RUST_BINARY,)), TOOLS)
CODEGEN = Rule("root//src/proto/{topic}", "codegen", ((PROTOC,), (ARGUMENTS,)), ANONYMOUS, 3)
SCRIPTED = Rule("root//src/gen/{topic}", "{topic}_{word}_h", ((GENRULE,),), (DEFAULT, EXEC))
FETCH = Rule("root//third-party/cxx/{topic}", "{topic}-{version}", ((DOWNLOAD,), (UNPACK,)), PLAIN, topics=C_LIBRARIES)
C_LIBRARY = Rule(
    "root//third-party/cxx/{topic}/{version}",
    "{topic}",
    ((COPY,), (ARGUMENTS, INPUTS), (COMPILE,), (ARCHIVE,)),
    TARGETS,
    5,
    C_LIBRARIES,
)
CRATE = Rule(
    "root//third-party/rust/crates/{topic}/{version}",
    "{topic}",
    ((ARGUMENTS, INPUTS), (METADATA,), (RUST_PIC, RUST_STATIC)),
    TARGETS,
    topics=CRATES,
)
CXX_LIBRARY = Rule(LIBRARY, "{topic}_{word}", ((ARGUMENTS, INPUTS), (COMPILE,), (ARCHIVE, SHARED_LINK)), TARGETS, 4)
RUST_LIBRARY = Rule(
    LIBRARY, "{topic}-{word}", ((ARGUMENTS, INPUTS), (METADATA,), (RUST_PIC, RUST_STATIC, CLIPPY)), TARGETS
)
KOTLIN_LIBRARY = Rule(LIBRARY, "{topic}-{word}-kt", ((ARGUMENTS,), (KOTLINC,), (JAR,)), MOBILE)
JAVA_LIBRARY = Rule(LIBRARY, "{topic}_{word}_java", ((ARGUMENTS,), (JAVAC,), (JAR,)), MOBILE)
GO_LIBRARY = Rule("root//src/services/{topic}/{word}", "{word}", ((ARGUMENTS,), (GO_COMPILE,)), TARGETS, 2)
PYTHON_LIBRARY = Rule("root//src/scripts/{topic}/{word}", "{word}", ((MANIFEST,), (BYTECODE,)), TARGETS, 3)
CXX_APP = Rule(
    "root//src/app/{topic}/{word}",
    "{topic}",
    ((ARGUMENTS, INPUTS, MACROS), (COMPILE,), (CXX_LINK,), (STRIP,)),
    TARGETS,
    3,
)
RUST_APP = Rule("root//src/app/{topic}/{word}", "{topic}-cli", ((ARGUMENTS, INPUTS), (RUST_BINARY,), (STRIP,)), TARGETS)
GO_APP = Rule("root//src/services/{topic}/{word}", "{topic}d", ((ARGUMENTS,), (GO_COMPILE,), (GO_LINK,)), TARGETS, 2)
PYTHON_APP = Rule(
    "root//src/scripts/{topic}/{word}",
    "{topic}",
    ((MANIFEST,), (BYTECODE,), (LINK_TREE,), (PAR,)),
    TARGETS,
    3,
)
CXX_TEST = Rule(
    LIBRARY, "{topic}_{word}_test", ((ARGUMENTS, INPUTS), (COMPILE,), (CXX_LINK,), (MANIFEST,)), (DEFAULT,), 2
)
RUST_TEST = Rule(LIBRARY, "{topic}-{word}-unittest", ((ARGUMENTS,), (RUST_BINARY,), (MANIFEST,)), (DEFAULT,))
PYTHON_TEST = Rule(
    "root//src/scripts/{topic}/{word}", "{word}_test", ((MANIFEST,), (BYTECODE,), (LINK_TREE,)), (DEFAULT,), 2
)
PACKAGED = Rule("root//dist/{topic}", "{topic}", ((COPY, MANIFEST), (PACKAGE,)), (RELEASE, ARM), 4)
FLAGSHIP = Rule("root//dist", "flagship", ((ARGUMENTS,), (LTO_LINK,), (DEBUG_PACKAGE, STRIP), (PACKAGE,)), (RELEASE,))
BXL = Rule("root//tools/ide.bxl", "{topic}", ((PROJECT,),), FUNCTION, 4, FUNCTIONS)
ODD = Rule("root//fixtures/odd", "names", ((replace(GENRULE, each=True),),), (DEFAULT,))
HEADERS = Rule(LIBRARY, "{topic}_{word}_headers", ((COPY,),), (DEFAULT, UNSPECIFIED))


@dataclass(frozen=True, slots=True)
class Layer:
    """Targets of one depth: those of the next layer depend on them."""

    share: float
    """Of the run's events, 0 to 1."""
    rules: tuple[Rule, ...]
    """A rule named twice is twice as likely."""


WAVES: tuple[tuple[str, tuple[Layer, ...]], ...] = (
    (
        "third_party",
        (
            Layer(0.03, (TOOLCHAIN, CXX_TOOL, RUST_TOOL, SCRIPTED)),
            Layer(0.05, (CODEGEN, CODEGEN, SCRIPTED, FETCH)),
            Layer(0.17, (FETCH, C_LIBRARY, CRATE, CRATE, CRATE)),
        ),
    ),
    (
        "libraries",
        (
            Layer(0.13, (CXX_LIBRARY, CXX_LIBRARY, RUST_LIBRARY, KOTLIN_LIBRARY, JAVA_LIBRARY, HEADERS)),
            Layer(0.15, (CXX_LIBRARY, RUST_LIBRARY, KOTLIN_LIBRARY, GO_LIBRARY, PYTHON_LIBRARY, SCRIPTED)),
            Layer(0.14, (CXX_LIBRARY, CXX_LIBRARY, RUST_LIBRARY, KOTLIN_LIBRARY, JAVA_LIBRARY, JAVA_LIBRARY)),
        ),
    ),
    (
        "apps",
        (
            Layer(0.03, (RUST_LIBRARY, GO_LIBRARY, PYTHON_LIBRARY)),
            Layer(0.12, (CXX_APP, CXX_APP, RUST_APP, GO_APP, PYTHON_APP)),
        ),
    ),
    (
        "tests_and_packages",
        (
            Layer(0.14, (CXX_TEST, CXX_TEST, RUST_TEST, PYTHON_TEST, PYTHON_TEST)),
            Layer(0.04, (PACKAGED, BXL, HEADERS)),
        ),
    ),
)
"""What the script builds, one wave after another: it waits for each."""
