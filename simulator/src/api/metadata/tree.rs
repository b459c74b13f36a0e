//! The entries of a metadata server as a tree, and its text and JSON forms.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A directory or an entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A directory. The keys of `attributes` are arbitrary, all others are
    /// `kebab-case` in paths and `camelCase` in JSON.
    Dir(BTreeMap<String, Self>),
    /// A value. As text, strings have no quotes and `true` is `TRUE`.
    Leaf(Value),
    /// A list of strings; as text, one per line.
    Lines(Vec<String>),
    /// Generated on request: it appears in listings, not in JSON.
    Generated,
}

impl Node {
    pub(super) fn dir<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Dir(
            entries
                .into_iter()
                .map(|(key, node)| (key.to_owned(), node))
                .collect(),
        )
    }

    pub(super) fn text(value: impl Into<String>) -> Self {
        Self::Leaf(Value::String(value.into()))
    }

    /// The node at `path`; empty segments are ignored.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('/')
            .filter(|part| !part.is_empty())
            .try_fold(self, |node, part| match node {
                Self::Dir(entries) => entries.get(part),
                Self::Leaf(_) | Self::Lines(_) | Self::Generated => None,
            })
    }

    /// The whole subtree as JSON.
    pub(super) fn json(&self) -> Value {
        self.json_under(false)
    }

    fn json_under(&self, free: bool) -> Value {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::Lines(lines) => lines.clone().into(),
            Self::Generated => Value::Null,
            Self::Dir(entries) => entries
                .iter()
                .filter(|(_, node)| **node != Self::Generated)
                .map(|(key, node)| {
                    let name = if free { key.clone() } else { camel(key) };
                    (name, node.json_under(key == "attributes"))
                })
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    /// The listing of a directory, or the value as text.
    pub(super) fn listing(&self) -> String {
        match self {
            Self::Dir(entries) => entries
                .iter()
                .map(|(key, node)| match node {
                    Self::Dir(_) => format!("{key}/\n"),
                    Self::Leaf(_) | Self::Lines(_) | Self::Generated => format!("{key}\n"),
                })
                .collect(),
            Self::Leaf(Value::String(text)) => text.clone(),
            Self::Leaf(Value::Bool(flag)) => flag.to_string().to_uppercase(),
            Self::Leaf(value) => value.to_string(),
            Self::Lines(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
            Self::Generated => String::new(),
        }
    }

    /// The subtree as text, with a path and a value per line.
    pub(super) fn lines(&self, path: &str) -> String {
        match self {
            Self::Dir(entries) => entries
                .iter()
                .map(|(key, node)| {
                    let below = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}/{key}")
                    };
                    node.lines(&below)
                })
                .collect(),
            Self::Leaf(_) => format!("{path} {}\n", self.listing()),
            Self::Lines(lines) => lines
                .iter()
                .map(|line| format!("{path} {line}\n"))
                .collect(),
            Self::Generated => String::new(),
        }
    }
}

fn camel(key: &str) -> String {
    if key.contains(['@', '.']) {
        return key.to_owned();
    }
    let mut up = false;
    let mut name = String::new();
    for c in key.chars() {
        match (c, up) {
            ('-', _) => up = true,
            (c, true) => {
                name.push(c.to_ascii_uppercase());
                up = false;
            }
            (c, false) => name.push(c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree_prints_in_three_ways() {
        let tree = Node::dir([
            ("attributes", Node::dir([("start-up", Node::text("x"))])),
            ("machine-type", Node::text("n1")),
            (
                "scheduling",
                Node::dir([("automatic-restart", Node::Leaf(json!(true)))]),
            ),
            ("token", Node::Generated),
        ]);
        assert_eq!(
            tree.json(),
            json!({"attributes": {"start-up": "x"}, "machineType": "n1",
                "scheduling": {"automaticRestart": true}})
        );
        assert_eq!(
            tree.listing(),
            "attributes/\nmachine-type\nscheduling/\ntoken\n"
        );
        assert_eq!(
            tree.lines(""),
            "attributes/start-up x\nmachine-type n1\nscheduling/automatic-restart TRUE\n"
        );
        assert_eq!(
            tree.at("/scheduling//automatic-restart")
                .map(Node::listing)
                .as_deref(),
            Some("TRUE")
        );
        assert_eq!(tree.at("machine-type/x"), None);
    }
}
