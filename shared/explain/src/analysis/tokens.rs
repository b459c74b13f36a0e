//! Splits CEL expressions into tokens.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CelToken {
    Identifier(String),
    Literal(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "!", "(", ")", "[", "]", "{", "}", ".", ",", "<", ">", "+",
    "-", "*", "/", "%", "?", ":",
];

/// `None` for unsupported input: escapes, comments, unknown characters.
pub(super) fn tokens(text: &str) -> Option<Vec<CelToken>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if first == '"' || first == '\'' {
            let (literal, after) = rest[1..].split_once(first)?;
            if literal.contains(['\\', '\n']) || after.starts_with(first) {
                return None;
            }
            found.push(CelToken::Literal(literal.to_owned()));
            rest = after;
        } else if word(first) {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            // A prefix makes another literal of it (`r"…"`, `b"…"`).
            if rest[end..].starts_with(['"', '\'']) {
                return None;
            }
            found.push(CelToken::Identifier(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            if rest.starts_with("//") {
                return None;
            }
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol))?;
            found.push(CelToken::Symbol(symbol));
            rest = &rest[symbol.len()..];
        }
        rest = rest.trim_start();
    }
    Some(found)
}
