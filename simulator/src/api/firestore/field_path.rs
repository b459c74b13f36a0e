//! Paths of fields in documents.

use super::value::{Datum, Fields};
use crate::ApiError;

/// A path to a field: `` a.`b c`.d ``.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FieldPath(Vec<String>);

impl FieldPath {
    /// # Errors
    /// 400 if it is none; a part that is no identifier must stand in backticks.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        split(text).map(Self).ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid property path \"{text}\". Unquoted property names must match regex \
                 ([a-zA-Z_][a-zA-Z_0-9]*), and quoted property names must match regex \
                 (`(?:[^`\\\\]|(?:\\\\.))+`)"
            ))
        })
    }

    pub(super) fn is_name(&self) -> bool {
        self.0 == ["__name__"]
    }

    pub(super) fn get<'f>(&self, fields: &'f Fields) -> Option<&'f Datum> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(fields.get(first)?, |datum, part| datum.as_map()?.get(part))
    }

    /// Puts a value there, or removes what is there. What is in the way of a
    /// value and no map is replaced; removing leaves empty maps.
    pub(super) fn set(&self, fields: &mut Fields, value: Option<Datum>) {
        let Some((last, parents)) = self.0.split_last() else {
            return;
        };
        let mut at = fields;
        for part in parents {
            if value.is_none() && !matches!(at.get(part), Some(Datum::Map(_))) {
                return;
            }
            let next = at.entry(part.clone()).or_insert(Datum::Null);
            if !matches!(next, Datum::Map(_)) {
                *next = Datum::Map(Fields::new());
            }
            let Datum::Map(inner) = next else {
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
