//! Which files of a crate use each other in a circle, from their text.

use std::collections::{BTreeMap, BTreeSet};

type Path = Vec<String>;

/// What a module, which is one file, defines and mentions.
#[derive(Default)]
struct Module {
    file: usize,
    defines: BTreeSet<String>,
    /// Name in this module, path, and whether the import is public.
    uses: Vec<(String, Path, bool)>,
    paths: Vec<Path>,
    words: BTreeSet<String>,
}

/// Identifiers, `::`, and the punctuation of use trees.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut rest, mut tokens) = (text, Vec::new());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Reads the use tree at the front of `tokens`, below `prefix`.
fn read_use(tokens: &mut &[&str], prefix: &[String], into: &mut Vec<(String, Path)>) {
    let mut path = prefix.to_vec();
    while let Some((first, rest)) = tokens.split_first() {
        match *first {
            "," | "}" | ";" => break,
            "::" => *tokens = rest,
            "{" => {
                *tokens = rest;
                while tokens[0] != "}" {
                    read_use(tokens, &path, into);
                    *tokens = &tokens[usize::from(tokens[0] == ",")..];
                }
                *tokens = &tokens[1..];
                return;
            }
            "as" => {
                into.push((rest[0].to_owned(), path));
                *tokens = &rest[1..];
                return;
            }
            word => {
                path.push(word.to_owned());
                *tokens = rest;
            }
        }
    }
    path.pop_if(|last| last == "self");
    into.extend(path.last().cloned().map(|name| (name, path)));
}

/// Reads a file that is formatted by rustfmt; `tests` gets its test modules.
fn read(file: usize, text: &str, tests: &mut Vec<String>) -> Module {
    let mut module = Module {
        file,
        ..Module::default()
    };
    let (mut lines, mut is_test) = (text.lines(), false);
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        if start.starts_with("//") || is_test && line.starts_with("#[") {
            continue;
        }
        let head = start.strip_prefix("pub").unwrap_or(start);
        let head = head
            .split_once(") ")
            .filter(|_| head.starts_with('('))
            .map_or(head, |(_, head)| head);
        if is_test || line == "#[cfg(test)]" {
            let name = head
                .trim_start()
                .strip_prefix("mod ")
                .map(|name| name.trim_end_matches([';', ' ', '{']));
            tests.extend(name.map(str::to_owned));
            if is_test && line.ends_with('{') {
                lines.find(|line| line.starts_with('}'));
            }
            is_test = !is_test;
            continue;
        }
        if let Some(tree) = head.trim_start().strip_prefix("use ") {
            let mut item = tree.to_owned();
            while !item.ends_with(';') {
                item.push_str(lines.next().unwrap_or(";").trim());
            }
            let mut found = Vec::new();
            read_use(&mut &*tokens(&item), &[], &mut found);
            module.uses.extend(
                found
                    .into_iter()
                    .map(|(name, path)| (name, path, start.starts_with("pub"))),
            );
            continue;
        }
        if head.trim_start().starts_with("mod ") && line.ends_with(';') {
            continue;
        }
        let tokens = tokens(line);
        let words: Vec<&str> = head
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|w| !w.is_empty())
            .collect();
        let kinds = [
            "struct",
            "enum",
            "trait",
            "fn",
            "type",
            "static",
            "const",
            "macro_rules",
        ];
        let kind = words.iter().take(3).rposition(|word| kinds.contains(word));
        if let Some(name) = kind
            .and_then(|at| words.get(at + 1))
            .filter(|_| start == line)
        {
            module.defines.insert((*name).to_owned());
        }
        module
            .words
            .extend(tokens.iter().map(|token| (*token).to_owned()));
        for (at, _) in tokens
            .iter()
            .enumerate()
            .filter(|(at, _)| *at == 0 || tokens[at - 1] != "::")
        {
            let rest = tokens[at..]
                .iter()
                .enumerate()
                .take_while(|(n, token)| (*n % 2 == 1) == (**token == "::"));
            module.paths.push(
                rest.step_by(2)
                    .map(|(_, token)| (*token).to_owned())
                    .collect(),
            );
        }
    }
    module
}

/// The file that defines what `path` names in the module `from`; `None` if it is in another crate.
fn resolve(
    modules: &BTreeMap<Path, Module>,
    from: &[String],
    path: &[String],
    depth: usize,
) -> Option<usize> {
    let (mut at, mut rest, mut is_ours) = (from.to_vec(), path, false);
    while let Some((first, tail)) = rest
        .split_first()
        .filter(|(f, _)| matches!(f.as_str(), "crate" | "super" | "self"))
    {
        match first.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            _ => {}
        }
        (rest, is_ours) = (tail, true);
    }
    loop {
        let module = modules.get(&at)?;
        let Some((first, tail)) = rest.split_first() else {
            return (!module.defines.is_empty()).then_some(module.file);
        };
        let child = [&at[..], std::slice::from_ref(first)].concat();
        if modules.contains_key(&child) {
            (at, rest, is_ours) = (child, tail, true);
        } else if module.defines.contains(first) {
            return Some(module.file);
        } else {
            let uses = module
                .uses
                .iter()
                .filter(|(name, target, _)| name == first && depth < 16 && **target != *path);
            let mut found = uses
                .map(|(_, target, _)| resolve(modules, &at, &[target, tail].concat(), depth + 1));
            // What is neither defined nor imported here was made by a macro.
            let has_macro = is_ours && module.words.contains("macro_rules");
            return found
                .next()
                .unwrap_or_else(|| has_macro.then_some(module.file));
        }
    }
}

/// For each file, the files that it uses. Paths are relative to the crate's `src`.
fn edges(files: &[(String, String)]) -> Vec<BTreeSet<usize>> {
    let (mut modules, mut excluded) = (BTreeMap::new(), Vec::new());
    for (index, (path, text)) in files.iter().enumerate() {
        let mut name: Path = path
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        name.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
        let mut tests = Vec::new();
        let module = read(index, text, &mut tests);
        excluded.extend(tests.into_iter().map(|test| [&name[..], &[test]].concat()));
        modules.insert(name, module);
    }
    modules.retain(|name, _| {
        !excluded.iter().any(|test| name.starts_with(test))
            && !name.iter().any(|part| part == "tests")
    });
    let mut edges = vec![BTreeSet::new(); files.len()];
    for (name, module) in &modules {
        // A public import alone is a re-export, and no use.
        let uses = module
            .uses
            .iter()
            .filter(|(alias, _, public)| !public || module.words.contains(alias));
        let paths = uses
            .map(|(_, path, _)| path)
            .chain(module.paths.iter().filter(|path| path.len() > 1));
        edges[module.file].extend(
            paths
                .filter_map(|path| resolve(&modules, name, path, 0))
                .filter(|to| *to != module.file),
        );
    }
    edges
}

/// The groups of files that use each other, directly or through others.
pub(crate) fn circles(files: &[(String, String)]) -> Vec<Vec<String>> {
    let edges = edges(files);
    let reach = |from: usize| {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(at) = todo.pop() {
            todo.extend(edges[at].iter().filter(|to| seen.insert(**to)));
        }
        seen
    };
    let reached: Vec<BTreeSet<usize>> = (0..files.len()).map(reach).collect();
    let group = |from: usize| {
        reached[from]
            .iter()
            .copied()
            .filter(|to| reached[*to].contains(&from))
            .collect::<Vec<_>>()
    };
    let groups: BTreeSet<Vec<usize>> = (0..files.len())
        .map(group)
        .filter(|group| group.len() > 1)
        .collect();
    groups
        .into_iter()
        .map(|group| group.into_iter().map(|at| files[at].0.clone()).collect())
        .collect()
}
