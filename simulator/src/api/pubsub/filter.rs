//! Subscription filters: terms joined by `AND`, each one of `attributes:KEY`,
//! `attributes.KEY = "v"`, `attributes.KEY != "v"` and
//! `hasPrefix(attributes.KEY, "v")`, or `NOT` and a term. The rest of Pub/Sub's
//! filter language (`OR`, parentheses) is refused.

use std::collections::BTreeMap;

enum Predicate<'a> {
    Has,
    Equals(&'a str),
    Differs(&'a str),
    Begins(&'a str),
}

struct Term<'a> {
    negated: bool,
    attribute: &'a str,
    predicate: Predicate<'a>,
}

/// Whether `filter` is supported; the error quotes the term that is not.
pub(super) fn check(filter: &str) -> Result<(), String> {
    terms(filter).map(drop)
}

/// Whether a message with these attributes matches. The filter must have been
/// checked.
pub(super) fn passes(filter: &str, attributes: &BTreeMap<String, String>) -> bool {
    terms(filter).is_ok_and(|terms| {
        terms.iter().all(|term| {
            let value = attributes.get(term.attribute);
            let holds = match term.predicate {
                Predicate::Has => value.is_some(),
                Predicate::Equals(wanted) => value.is_some_and(|value| value == wanted),
                Predicate::Differs(other) => value.is_none_or(|value| value != other),
                Predicate::Begins(prefix) => value.is_some_and(|value| value.starts_with(prefix)),
            };
            holds != term.negated
        })
    })
}

fn terms(mut rest: &str) -> Result<Vec<Term<'_>>, String> {
    let mut terms = Vec::new();
    while !rest.trim().is_empty() {
        let whole = rest.trim();
        let (term, after) = term(whole)
            .ok_or_else(|| format!("Invalid filter, or one that is not simulated, at: {whole}"))?;
        terms.push(term);
        rest = match after.trim_start() {
            "" => "",
            after => after
                .strip_prefix("AND ")
                .filter(|after| !after.trim().is_empty())
                .ok_or_else(|| {
                    format!("Invalid filter, or one that is not simulated, at: {after}")
                })?,
        };
    }
    Ok(terms)
}

fn term(text: &str) -> Option<(Term<'_>, &str)> {
    let (negated, text) = match text.strip_prefix("NOT ").or_else(|| text.strip_prefix('-')) {
        Some(text) => (true, text.trim_start()),
        None => (false, text),
    };
    if let Some(inner) = text.strip_prefix("hasPrefix(") {
        let (attribute, rest) = name(inner.trim_start().strip_prefix("attributes.")?)?;
        let (prefix, rest) = quoted(rest.trim_start().strip_prefix(',')?.trim_start())?;
        let rest = rest.trim_start().strip_prefix(')')?;
        return Some((
            Term {
                negated,
                attribute,
                predicate: Predicate::Begins(prefix),
            },
            rest,
        ));
    }
    let text = text.strip_prefix("attributes")?;
    if let Some(text) = text.strip_prefix(':') {
        let (attribute, rest) = name(text)?;
        return Some((
            Term {
                negated,
                attribute,
                predicate: Predicate::Has,
            },
            rest,
        ));
    }
    let (attribute, rest) = name(text.strip_prefix('.')?)?;
    let rest = rest.trim_start();
    let (predicate, rest) = match rest.strip_prefix("!=") {
        Some(rest) => quoted(rest.trim_start()).map(|(v, rest)| (Predicate::Differs(v), rest))?,
        None => quoted(rest.strip_prefix('=')?.trim_start())
            .map(|(v, rest)| (Predicate::Equals(v), rest))?,
    };
    Some((
        Term {
            negated,
            attribute,
            predicate,
        },
        rest,
    ))
}

/// Parses the name of an attribute, bare or quoted.
fn name(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('"') {
        return quoted(text);
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Parses a quoted string without escapes.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (value, rest) = text.strip_prefix('"')?.split_once('"')?;
    (!value.contains('\\')).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_attributes() {
        let attributes: BTreeMap<_, _> = [("k", "v"), ("kind", "queued")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        for (filter, expected) in [
            ("", true),
            (r#"attributes.k = "v""#, true),
            (r#"attributes.k="w""#, false),
            (r#"attributes.k != "v""#, false),
            (r#"attributes.absent != "v""#, true),
            ("attributes:kind", true),
            ("NOT attributes:kind", false),
            (
                r#"hasPrefix(attributes.kind, "que") AND attributes."k" = "v""#,
                true,
            ),
            (
                r#"attributes:k AND -hasPrefix(attributes.kind,"que")"#,
                false,
            ),
        ] {
            check(filter).expect(filter);
            assert_eq!(passes(filter, &attributes), expected, "{filter}");
        }
    }

    #[test]
    fn unsupported_filters_are_refused() {
        for filter in [
            "k",
            r#"attributes.k = v"#,
            r#"attributes.k = "v" OR attributes:x"#,
            r#"(attributes:k)"#,
            "attributes:k AND ",
            r#"attributes.k = "\"""#,
        ] {
            assert!(check(filter).is_err(), "{filter}");
        }
    }
}
