//! The languages: those of the code blocks in handbooks and READMEs, most of them met first.

use super::rules::{Lines, NONE, Quote, Rules};

const fn quote(open: &'static str, close: &'static str, escape: Option<u8>, lines: bool) -> Quote {
    Quote { open, close, escape, lines }
}

/// `"…"` and `'…'` on one line, with a backslash.
const DOUBLE: Quote = quote("\"", "\"", Some(b'\\'), false);
const SINGLE: Quote = quote("'", "'", Some(b'\\'), false);
/// Over lines.
const DOUBLE_LINES: Quote = quote("\"", "\"", Some(b'\\'), true);
const SINGLE_RAW: Quote = quote("'", "'", None, true);
const BACKTICK: Quote = quote("`", "`", Some(b'\\'), true);
const THREE_DOUBLE: Quote = quote("\"\"\"", "\"\"\"", Some(b'\\'), true);
const THREE_SINGLE: Quote = quote("'''", "'''", Some(b'\\'), true);
/// A quote is doubled inside of a string: two strings, side by side.
const DOUBLED: Quote = quote("'", "'", None, false);

const SLASHES: &[&str] = &["//"];
const HASH: &[&str] = &["#"];
const STARS: &[(&str, &str)] = &[("/*", "*/")];

/// What languages with braces share.
const BRACES: Rules =
    Rules { comments: SLASHES, blocks: STARS, quotes: &[DOUBLE, SINGLE], calls: true, types: true, ..NONE };

const RUST: Rules = Rules {
    names: &["rust", "rs", "ignore", "no_run", "should_panic", "compile_fail"],
    keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move \
               mut pub ref return self static struct super trait type union unsafe use where while yield",
    values: "true false None Some Ok Err Self",
    quotes: &[
        quote("r##\"", "\"##", None, true),
        quote("r#\"", "\"#", None, true),
        quote("r\"", "\"", None, true),
        DOUBLE_LINES,
        SINGLE,
    ],
    lifetimes: true,
    ..BRACES
};

const C: Rules = Rules {
    names: &["c", "h", "cpp", "c++", "cc", "cxx", "hpp", "objc", "objective-c", "cuda", "arduino", "glsl", "wgsl"],
    keywords: "alignas alignof asm auto break case catch class co_await co_return concept const constexpr continue default \
               delete do else enum explicit export extern final for friend goto if inline mutable namespace new noexcept \
               operator override private protected public register requires return sizeof static static_assert struct \
               switch template this throw try typedef typename union using virtual volatile while \
               #include #define #ifdef #ifndef #if #else #elif #endif #pragma #undef #error",
    values: "true false NULL nullptr bool char double float int long short signed unsigned void size_t uint8_t uint16_t \
             uint32_t uint64_t int8_t int16_t int32_t int64_t wchar_t",
    within: "#",
    ..BRACES
};

const CSHARP: Rules = Rules {
    names: &["csharp", "cs", "c#", "dotnet"],
    keywords: "abstract as async await base break case catch checked class const continue default delegate do else enum \
               event explicit extern finally fixed for foreach get goto if implicit in init interface internal is lock \
               namespace new operator out override params partial private protected public readonly record ref required \
               return sealed set sizeof stackalloc static struct switch this throw try typeof unchecked unsafe using var \
               virtual volatile when where while yield",
    values: "true false null bool byte char decimal double dynamic float int long object sbyte short string uint ulong \
             ushort void",
    quotes: &[THREE_DOUBLE, quote("@\"", "\"", None, true), quote("$@\"", "\"", None, true), DOUBLE, SINGLE],
    ..BRACES
};

const JAVA: Rules = Rules {
    names: &["java", "kotlin", "kt", "kts", "scala", "groovy", "gradle", "jenkinsfile"],
    keywords: "abstract assert break by case catch class companion continue crossinline data def default defer do else \
               enum extends extension final finally for fun goto if implements implicit import in inline instanceof \
               interface internal is lateinit lazy match native new object open out override package permits private \
               protected public record return sealed static strictfp super suspend switch synchronized this throw throws \
               trait transient try type typealias val var vararg volatile when where while with yield",
    values: "true false null boolean byte char double float int long short void",
    quotes: &[THREE_DOUBLE, THREE_SINGLE, DOUBLE, SINGLE],
    sigils: "@",
    ..BRACES
};

const SWIFT: Rules = Rules {
    names: &["swift", "dart"],
    keywords: "abstract actor as associatedtype async await break case catch class const continue convenience default \
               defer deinit do dynamic else enum extends extension fallthrough fileprivate final for func guard if \
               implements import in indirect init inout internal is lazy let library mixin mutating nonisolated open \
               operator optional override part private protocol public repeat required rethrows return self some static \
               struct subscript super switch throw throws try typealias unowned var weak where while with yield",
    values: "true false nil null void int double bool num Self",
    quotes: &[THREE_DOUBLE, DOUBLE, SINGLE],
    sigils: "@",
    ..BRACES
};

const GO: Rules = Rules {
    names: &["go", "golang"],
    keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map \
               package range return select struct switch type var",
    values: "true false nil iota any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 \
             int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
    quotes: &[DOUBLE, quote("`", "`", None, true), SINGLE],
    ..BRACES
};

const JAVASCRIPT: Rules = Rules {
    names: &["javascript", "js", "jsx", "mjs", "cjs", "node", "typescript", "ts", "tsx", "mts", "cts"],
    keywords: "abstract as asserts async await break case catch class const constructor continue debugger declare default \
               delete do else enum export extends finally for from function get if implements import in infer instanceof \
               interface is keyof let module namespace new of override private protected public readonly return satisfies \
               set static super switch this throw try type typeof unique using var while with yield",
    values: "true false null undefined NaN Infinity any bigint boolean never number object string symbol unknown void",
    quotes: &[DOUBLE, SINGLE, BACKTICK],
    within: "$",
    sigils: "@",
    ..BRACES
};

const PHP: Rules = Rules {
    names: &["php"],
    keywords: "abstract and array as break case catch class clone const continue declare default do echo else elseif empty \
               enum extends final finally fn for foreach function global goto if implements include include_once \
               instanceof interface isset list match namespace new or print private protected public readonly require \
               require_once return static switch throw trait try unset use var while xor yield",
    values: "true false null self parent int float string bool void mixed",
    comments: &["//", "#"],
    quotes: &[DOUBLE_LINES, quote("'", "'", Some(b'\\'), true)],
    sigils: "$",
    ..BRACES
};

const PROTOBUF: Rules = Rules {
    names: &["protobuf", "proto", "graphql", "gql", "thrift", "solidity", "sol"],
    keywords: "contract directive enum event extend extends extensions fragment function import input interface mapping \
               map message modifier mutation on oneof option optional package pragma public query repeated require \
               required reserved returns rpc scalar schema service stream struct subscription syntax type union",
    values: "true false null bool bytes double fixed32 fixed64 float int32 int64 sint32 sint64 string uint32 uint64 uint256 \
             address",
    comments: &["//", "#"],
    quotes: &[THREE_DOUBLE, DOUBLE, SINGLE],
    sigils: "$@",
    ..BRACES
};

const TERRAFORM: Rules = Rules {
    names: &["terraform", "tf", "hcl", "tfvars", "bicep", "nix"],
    keywords: "backend check data dynamic else for for_each if import in inherit let locals module moved output param \
               provider rec resource targetScope terraform then var variable with",
    values: "true false null any bool list map number object set string tuple",
    comments: &["#", "//"],
    types: false,
    ..BRACES
};

const CSS: Rules = Rules {
    names: &["css", "scss", "less", "sass"],
    keywords: "@charset @container @each @else @extend @font-face @for @forward @function @if @import @include @keyframes \
               @layer @media @mixin @namespace @page @property @return @supports @use @while and not only",
    values: "auto block bold center currentcolor flex grid hidden inherit initial inline inline-block none normal relative \
             absolute fixed sticky solid transparent unset",
    comments: SLASHES,
    blocks: STARS,
    quotes: &[DOUBLE, SINGLE],
    within: "-@",
    sigils: "$",
    calls: true,
    lines: Lines::Colon,
    ..NONE
};

const PYTHON: Rules = Rules {
    names: &["python", "py", "python3", "py3", "pycon", "starlark", "bzl", "bazel", "gdscript"],
    keywords: "and as assert async await break case class continue def del elif else except finally for from global if \
               import in is lambda match nonlocal not or pass raise return try type while with yield",
    values: "True False None self cls",
    comments: HASH,
    quotes: &[THREE_DOUBLE, THREE_SINGLE, DOUBLE, SINGLE],
    sigils: "@",
    calls: true,
    types: true,
    ..NONE
};

const RUBY: Rules = Rules {
    names: &["ruby", "rb", "elixir", "ex", "exs", "crystal"],
    keywords: "after alias and begin break case class cond def defmodule defmodulep defp defimpl defprotocol defstruct do \
               else elsif end ensure false fn for if import in include module next not or private protected public quote \
               raise redo require require_relative rescue retry return super then undef unless until use when while with \
               yield",
    values: "true false nil self",
    comments: HASH,
    quotes: &[THREE_DOUBLE, DOUBLE_LINES, SINGLE],
    sigils: "@$",
    calls: true,
    types: true,
    ..NONE
};

const PERL: Rules = Rules {
    names: &["perl", "pl", "r", "julia", "jl", "awk"],
    keywords: "BEGIN END abstract begin break catch continue do else elseif elsif end export finally for foreach function \
               getline given global if import in last let local macro module mutable my next our package print repeat \
               require return struct sub try type unless until use using when where while",
    values: "TRUE FALSE NULL NA Inf NaN true false nothing undef",
    comments: HASH,
    quotes: &[THREE_DOUBLE, DOUBLE, SINGLE],
    sigils: "$@",
    calls: true,
    ..NONE
};

const LUA: Rules = Rules {
    names: &["lua", "haskell", "hs", "elm", "purescript"],
    keywords: "and as break case class data deriving do else elseif end exposing for forall function goto hiding if import \
               in infixl infixr instance let local module newtype not of or port qualified repeat return then type until \
               where while",
    values: "true false nil True False Nothing Just",
    comments: &["--"],
    blocks: &[("--[[", "]]"), ("{-", "-}")],
    quotes: &[quote("[[", "]]", None, true), DOUBLE, SINGLE],
    calls: true,
    types: true,
    ..NONE
};

const SQL: Rules = Rules {
    names: &["sql", "postgresql", "postgres", "psql", "mysql", "sqlite", "tsql", "plsql", "kql", "kusto", "cypher"],
    keywords: "add all alter analyze and any as asc begin between by cascade case cast check collate column commit \
               constraint create cross cube current database declare default delete desc distinct do drop else end except \
               exec execute exists explain fetch filter first following for foreign from full function grant group having \
               if ilike in index inner insert intersect interval into is isolation join key lateral left like limit match \
               materialized merge natural not nulls of offset on or order outer over partition pragma preceding primary \
               procedure project recursive references rename replace return returning returns revoke right rollback row \
               rows schema select set summarize table temporary then to top transaction trigger truncate union unique \
               update using values view when where window with",
    values: "true false null bigint boolean char date datetime decimal double float int integer json jsonb numeric real \
             serial smallint text time timestamp timestamptz tinyint uuid varchar vector",
    folded: true,
    comments: &["--", "//"],
    blocks: STARS,
    quotes: &[quote("'", "'", None, true), quote("\"", "\"", None, false), quote("`", "`", None, false)],
    calls: true,
    ..NONE
};

const SHELL: Rules = Rules {
    names: &[
        "sh",
        "bash",
        "shell",
        "zsh",
        "ksh",
        "fish",
        "script",
        "cli",
        "azurecli",
        "dotnetcli",
        "sys",
        "cmd",
        "bat",
        "batch",
        "ps",
    ],
    keywords: "if then elif else fi for while until do done case esac in function select time sudo exec env",
    values: "true false",
    comments: HASH,
    quotes: &[DOUBLE_LINES, SINGLE_RAW],
    spaced: true,
    within: "-./:@%+,~",
    sigils: "$",
    lines: Lines::Command,
    ..NONE
};

const POWERSHELL: Rules = Rules {
    names: &["powershell", "pwsh", "ps1", "azurepowershell"],
    keywords: "begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for foreach \
               function if in param process return switch throw trap try until using while",
    values: "true false null",
    folded: true,
    comments: HASH,
    blocks: &[("<#", "#>")],
    quotes: &[quote("\"", "\"", Some(b'`'), true), SINGLE_RAW],
    spaced: true,
    within: "-./:\\",
    sigils: "$",
    lines: Lines::Command,
    ..NONE
};

const DOCKERFILE: Rules = Rules {
    names: &["dockerfile", "docker", "containerfile", "nginx", "caddyfile"],
    keywords: "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL \
               USER VOLUME WORKDIR server location listen server_name root proxy_pass proxy_set_header return rewrite \
               upstream include if",
    comments: HASH,
    quotes: &[DOUBLE, DOUBLED],
    spaced: true,
    within: "-./:@",
    sigils: "$",
    ..NONE
};

const MAKEFILE: Rules = Rules {
    names: &["makefile", "make", "mk", "just", "justfile"],
    keywords: "define else endef endif export ifdef ifeq ifndef ifneq include override unexport vpath set",
    comments: HASH,
    quotes: &[DOUBLE, DOUBLED],
    spaced: true,
    within: "-./",
    sigils: "$",
    lines: Lines::Target,
    ..NONE
};

const YAML: Rules = Rules {
    names: &["yaml", "yml", "http", "https", "front-matter", "frontmatter", "openapi"],
    keywords: "GET POST PUT PATCH DELETE HEAD OPTIONS HTTP",
    values: "true false null yes no on off True False ~",
    comments: HASH,
    quotes: &[DOUBLE_LINES, SINGLE_RAW],
    spaced: true,
    within: "-./@~",
    sigils: "&*!$",
    string_keys: true,
    lines: Lines::Colon,
    ..NONE
};

const TOML: Rules = Rules {
    names: &[
        "toml",
        "ini",
        "cfg",
        "conf",
        "config",
        "properties",
        "dotenv",
        "env",
        "editorconfig",
        "gitconfig",
        "systemd",
        "desktop",
    ],
    values: "true false inf nan yes no on off",
    comments: &["#", ";"],
    quotes: &[THREE_DOUBLE, THREE_SINGLE, DOUBLE, DOUBLED],
    spaced: true,
    within: "-",
    lines: Lines::Equals,
    ..NONE
};

const JSON: Rules = Rules {
    names: &["json", "jsonc", "json5", "jsonl", "ndjson", "geojson", "webmanifest"],
    values: "true false null",
    comments: SLASHES,
    blocks: STARS,
    quotes: &[DOUBLE, SINGLE],
    string_keys: true,
    ..NONE
};

const MARKDOWN: Rules = Rules {
    names: &["markdown", "md", "mdx"],
    blocks: &[("<!--", "-->")],
    quotes: &[quote("``", "``", None, false), quote("`", "`", None, false)],
    lines: Lines::Heading,
    ..NONE
};

/// All languages.
pub(super) const ALL: &[Rules] = &[
    RUST, SHELL, YAML, TOML, JSON, GO, CSHARP, PYTHON, JAVA, JAVASCRIPT, POWERSHELL, SQL, MARKDOWN, C, SWIFT, PHP,
    PROTOBUF, TERRAFORM, CSS, RUBY, PERL, LUA, DOCKERFILE, MAKEFILE,
];
