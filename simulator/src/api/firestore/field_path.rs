//! Paths of fields in documents.

use super::value::{FieldValue, Fields};
use crate::ApiError;
use serde_json::Value;

/// A path to a field, such as `` a.`b c`.d ``.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FieldPath(Vec<String>);

impl FieldPath {
    /// # Errors
    /// 400 if the path is invalid. A segment that is not an identifier must be
    /// in backticks.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        split(text).map(Self).ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid property path \"{text}\". Unquoted property names must match regex \
                 ([a-zA-Z_][a-zA-Z_0-9]*), and quoted property names must match regex \
                 (`(?:[^`\\\\]|(?:\\\\.))+`)"
            ))
        })
    }

    /// Reads a `FieldReference`.
    pub(super) fn read(reference: &Value) -> Result<Self, ApiError> {
        Self::parse(reference["fieldPath"].as_str().unwrap_or_default())
    }

    pub(super) fn is_name(&self) -> bool {
        self.0 == ["__name__"]
    }

    pub(super) fn get<'f>(&self, fields: &'f Fields) -> Option<&'f FieldValue> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(fields.get(first)?, |field_value, part| {
                field_value.as_map()?.get(part)
            })
    }

    /// Sets or removes the value at this path. Setting replaces any parent that
    /// is not a map; removing leaves empty maps behind.
    pub(super) fn set(&self, fields: &mut Fields, value: Option<FieldValue>) {
        let Some((last, parents)) = self.0.split_last() else {
            return;
        };
        let mut at = fields;
        for part in parents {
            if value.is_none() && !matches!(at.get(part), Some(FieldValue::Map(_))) {
                return;
            }
            let next = at.entry(part.clone()).or_insert(FieldValue::Null);
            if !matches!(next, FieldValue::Map(_)) {
                *next = FieldValue::Map(Fields::new());
            }
            let FieldValue::Map(inner) = next else {
                return;
            };
            at = inner;
        }
        match value {
            Some(value) => at.insert(last.clone(), value),
            None => at.remove(last),
        };
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            if is_identifier(part) {
                f.write_str(part)?;
            } else {
                write!(f, "`{}`", part.replace('\\', "\\\\").replace('`', "\\`"))?;
            }
        }
        Ok(())
    }
}

fn is_identifier(part: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    part.starts_with(is_letter) && part.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn split(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        let mut part = String::new();
        if chars.next_if_eq(&'`').is_some() {
            loop {
                match chars.next()? {
                    '`' => break,
                    '\\' => part.push(chars.next()?),
                    c => part.push(c),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| *c != '.') {
                part.push(c);
            }
            if !is_identifier(&part) {
                return None;
            }
        }
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match chars.next() {
            None => return Some(parts),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_paths() {
        let table: [(&str, Option<&[&str]>); 13] = [
            ("a", Some(&["a"])),
            ("a.b_1.C", Some(&["a", "b_1", "C"])),
            ("`a.b`.c", Some(&["a.b", "c"])),
            (r"`a\`b\\c`", Some(&["a`b\\c"])),
            ("`1`", Some(&["1"])),
            ("", None),
            ("a.", None),
            (".a", None),
            ("a-b", None),
            ("1a", None),
            ("`a", None),
            ("``", None),
            ("`a`b", None),
        ];
        for (text, expected) in table {
            let got = FieldPath::parse(text);
            let parts = got.as_ref().ok().map(|path| path.0.clone());
            assert_eq!(
                parts,
                expected.map(|e| e.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
            if let Ok(path) = got {
                assert_eq!(path.to_string(), text);
            }
        }
    }
}
