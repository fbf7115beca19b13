//! Holds the code to its shape: which layer may use which, which layers do no I/O, a purpose line in every file.
//!
//! The layers are the groups of modules in `src/lib.rs`, named by the first words of the comment above each.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use crate::source_paths::named_paths;

/// Modules of these groups are text in and data out.
const PURE_GROUPS: [&str; 3] = ["Words", "Effort", "Thought"];
const OUTSIDE_WORLD: [&[&str]; 8] = [
    &["std", "fs"],
    &["std", "process"],
    &["std", "env"],
    &["std", "net"],
    &["tokio"],
    &["tokio_util"],
    &["reqwest"],
    &["git2"],
];
/// The one group whose modules may use each other, as long as no circle comes of it.
const GROUP_OF_FRIENDS: &str = "Thought";
const FACES: &str = "Faces";
const FACES_SEE: [&str; 3] = ["protocol", "redact", "agent"];

struct Source {
    path: String,
    text: String,
}

/// A group of `lib.rs`.
struct Layer {
    name: String,
    modules: Vec<String>,
}

#[test]
fn the_code_keeps_its_shape() {
    let broken = violations(&sources().unwrap());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Everything in the sources that breaks a rule, one sentence each.
fn violations(sources: &[Source]) -> Vec<String> {
    let Some(lib) = sources.iter().find(|source| source.path == "src/lib.rs") else {
        return vec!["there is no src/lib.rs".to_owned()];
    };
    let layers = layers(&lib.text);
    let mut broken: Vec<String> = missing_groups(&layers).collect();
    let mut friendships = BTreeMap::<String, BTreeSet<String>>::new();
    for source in sources {
        if !source.text.starts_with("//! ") {
            broken.push(format!("{} does not start with a `//!` sentence", source.path));
        }
        let module = module_path(&source.path);
        let Some(top) = module.first() else { continue };
        let Some(own) = layers.iter().find(|layer| layer.modules.iter().any(|it| it == top)) else {
            broken.push(format!("{} is in no group of lib.rs", source.path));
            continue;
        };
        for path in named_paths(&module, &source.text) {
            if let Some(sentence) = breaks_purity(own, &path) {
                broken.push(format!("{} {sentence}", source.path));
            }
            let Some(used) = used_module(&layers, &path).filter(|used| used != top) else {
                continue;
            };
            if let Some(sentence) = breaks_layers(&layers, own, used) {
                broken.push(format!("{} {sentence}", source.path));
            } else if own.name == GROUP_OF_FRIENDS {
                friendships.entry((*top).to_owned()).or_default().insert(used.to_owned());
            }
        }
    }
    friendships.retain(|_, used| {
        used.retain(|used| layer_of(&layers, used).is_some_and(|it| it.name == GROUP_OF_FRIENDS));
        true
    });
    broken.extend(circle(friendships));
    broken
}

fn missing_groups(layers: &[Layer]) -> impl Iterator<Item = String> {
    let wanted = PURE_GROUPS.into_iter().chain([GROUP_OF_FRIENDS, FACES, "Hands"]);
    let wanted: BTreeSet<&str> = wanted.collect();
    wanted.into_iter().filter_map(|name| {
        let is_there = layers.iter().any(|layer| layer.name == name);
        (!is_there).then(|| format!("lib.rs has no group {name}"))
    })
}

fn breaks_purity(own: &Layer, path: &[String]) -> Option<String> {
    if !PURE_GROUPS.contains(&own.name.as_str()) {
        return None;
    }
    let outside = OUTSIDE_WORLD.iter().find(|outside| {
        path.len() >= outside.len() && path.iter().zip(**outside).all(|(part, name)| part == name)
    })?;
    Some(format!("is in {}, which is pure, but names {}", own.name, outside.join("::")))
}

fn breaks_layers(layers: &[Layer], own: &Layer, used: &str) -> Option<String> {
    let other = layer_of(layers, used)?;
    let depth = |layer: &Layer| layers.iter().position(|it| it.name == layer.name);
    if own.name == FACES && !FACES_SEE.contains(&used) {
        return Some(format!("is a face but uses {used}: faces see {}", FACES_SEE.join(", ")));
    }
    if own.name == other.name {
        let is_forbidden = own.name != GROUP_OF_FRIENDS;
        return is_forbidden
            .then(|| format!("uses {used}, but inside {} none knows another", own.name));
    }
    (depth(other) > depth(own))
        .then(|| format!("is in {} but uses {used}, which is below it in {}", own.name, other.name))
}

/// Takes away modules that use no other until none is left to take; what then remains goes in circles.
fn circle(mut uses: BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    loop {
        let before = uses.len();
        let known: BTreeSet<String> = uses.keys().cloned().collect();
        uses.retain(|_, used| used.iter().any(|it| known.contains(it)));
        if uses.is_empty() {
            return None;
        }
        if uses.len() == before {
            let names: Vec<String> = uses.into_keys().collect();
            return Some(format!("these use each other in a circle: {}", names.join(", ")));
        }
    }
}

/// The module of this crate that a path leads into; `bowline::x` is how `main.rs` would say `crate::x`.
fn used_module<'a>(layers: &[Layer], path: &'a [String]) -> Option<&'a str> {
    let [root, module, ..] = path else { return None };
    (root == "crate" && layer_of(layers, module).is_some()).then_some(module.as_str())
}

fn layer_of<'a>(layers: &'a [Layer], module: &str) -> Option<&'a Layer> {
    layers.iter().find(|layer| layer.modules.iter().any(|it| it == module))
}

/// The groups of modules between blank lines, top to bottom.
fn layers(lib: &str) -> Vec<Layer> {
    let groups = lib.split("\n\n").map(|group| {
        let comment = group.lines().find_map(|line| line.strip_prefix("// "));
        let name = comment.and_then(|text| text.split(':').next()).unwrap_or_default().to_owned();
        let modules = group
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'));
        Layer { name, modules: modules.map(str::to_owned).collect() }
    });
    groups.filter(|layer| !layer.modules.is_empty()).collect()
}

/// `src/wire/chat.rs` is `["wire", "chat"]`; `lib.rs` and `main.rs` are above all modules.
fn module_path(path: &str) -> Vec<&str> {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    let mut parts: Vec<&str> = inside.split('/').collect();
    if parts.last() == Some(&"mod") || parts == ["lib"] || parts == ["main"] {
        parts.pop();
    }
    parts
}

fn sources() -> io::Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path)?;
                let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                found.push(Source { path, text });
            }
        }
    }
    Ok(found)
}

/// A small sound crate with one file planted in it breaks exactly the rule that `wanted` is part of.
#[track_caller]
fn planted(path: &str, text: &str, wanted: &str) {
    let lib = "//! Lib.\n\n// Words: data.\npub mod protocol;\n\n// Effort: much.\npub mod parallel;\n\n// Thought: pure.\npub mod patch;\npub mod policy;\n\n\
        // Hands: outside.\npub mod process;\npub mod store;\n\n// Agent: loop.\npub mod agent;\n\n\
        // Faces: shown.\npub mod headless;\npub mod tui;\n\n// Command line: verbs.\npub mod cli;\n";
    let sound = [
        ("src/lib.rs", lib),
        ("src/main.rs", "//! Main.\nuse bowline::cli;"),
        ("src/parallel.rs", "//! Parallel."),
        ("src/patch/mod.rs", "//! Patch.\nuse crate::protocol::Access;"),
        ("src/policy/mod.rs", "//! Policy.\nuse crate::{patch::Patch, protocol};"),
        ("src/store/mod.rs", "//! Store.\nuse std::fs;\nuse crate::policy;"),
        ("src/headless/mod.rs", "//! Headless.\nuse crate::{agent::Handle, protocol::Event};"),
        ("src/cli/mod.rs", "//! Cli.\nuse crate::{headless, store};"),
    ];
    let source = |(path, text): (&str, &str)| Source { path: path.into(), text: text.into() };
    let mut sources: Vec<Source> = sound.into_iter().map(source).collect();
    assert_eq!(violations(&sources), Vec::<String>::new(), "the sound crate");
    sources.push(source((path, text)));
    let broken = violations(&sources);
    assert!(broken.len() == 1 && broken[0].contains(wanted), "{broken:?} instead of {wanted:?}");
}

#[test]
fn planted_arrows_downwards_and_sideways_are_found() {
    planted("src/patch/x.rs", "//! X.\nuse crate::store::Store;", "uses store, which is below");
    planted("src/protocol/x.rs", "//! X.\nuse super::super::cli;", "uses cli, which is below");
    planted("src/agent/x.rs", "//! X.\nfn f() { crate::headless::run() }", "uses headless");
    planted("src/process/x.rs", "//! X.\npub use crate::{store::{Store}};", "inside Hands none");
    planted("src/tui/x.rs", "//! X.\nuse crate::store::Store;", "is a face but uses store");
    planted("src/tui/x.rs", "//! X.\nuse crate::headless;", "is a face but uses headless");
}

#[test]
fn planted_circles_inside_thought_are_found() {
    planted("src/patch/x.rs", "//! X.\nuse crate::policy::judge;", "in a circle: patch, policy");
}

#[test]
fn planted_io_in_the_pure_groups_is_found() {
    for (text, wanted) in [
        ("use std::fs;", "names std::fs"),
        ("use std::{io, net::TcpStream};", "names std::net"),
        ("fn f() { std::process::exit(1) }", "names std::process"),
        ("fn f() { ::std::env::args() }", "names std::env"),
        ("use tokio::fs;", "names tokio"),
        ("type R = reqwest::Client;", "names reqwest"),
        ("use git2 as git;", "names git2"),
    ] {
        planted("src/policy/x.rs", &format!("//! X.\n{text}"), wanted);
        planted("src/protocol/x.rs", &format!("//! X.\n{text}"), wanted);
    }
}

#[test]
fn planted_strays_and_files_without_a_purpose_are_found() {
    planted("src/stray.rs", "//! X.", "src/stray.rs is in no group");
    planted("src/cli/x.rs", "use crate::store;", "does not start with a `//!` sentence");
}
