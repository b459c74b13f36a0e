//! Whether a condition holds, as far as that follows from the resource's type
//! and name alone.
//!
//! Three answers: yes, no, and *perhaps*. Only what compares `resource.name`,
//! `resource.type` and `resource.service` with literals is decided; anything
//! else (time, tags, attributes of the request, syntax that is not read here) is
//! perhaps. A "no" must be certain, for it takes a grant out of the answer.

use super::request_attributes::{PartialText, RequestAttributes};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Perhaps,
}

impl Truth {
    fn of(yes: bool) -> Self {
        match yes {
            true => Self::Yes,
            false => Self::No,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            (Self::Perhaps, _) | (_, Self::Perhaps) => Self::Perhaps,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

/// Whether `expression` holds for what is known of a resource.
pub(super) fn holds(expression: &str, facts: &RequestAttributes) -> Truth {
    let Some(tokens) = tokens(expression) else {
        return Truth::Perhaps;
    };
    // `a ? b : c` would need an order of its own.
    if tokens.contains(&Token::Mark("?")) {
        return Truth::Perhaps;
    }
    let mut reader = Parser {
        tokens: &tokens,
        facts,
    };
    match reader.any_of() {
        Some(answer) if reader.tokens.is_empty() => answer,
        Some(_) | None => Truth::Perhaps,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Literal(String),
    Mark(&'static str),
}

const MARKS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "!", "(", ")", "[", "]", "{", "}", ".", ",", "<", ">", "+",
    "-", "*", "/", "%", "?", ":",
];

/// `None` for what is not read here: escapes, comments, unknown signs.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if first == '"' || first == '\'' {
            let (literal, after) = rest[1..].split_once(first)?;
            if literal.contains(['\\', '\n']) || after.starts_with(first) {
                return None;
            }
            found.push(Token::Literal(literal.to_owned()));
            rest = after;
        } else if word(first) {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            // A prefix makes another literal of it (`r"…"`, `b"…"`).
            if rest[end..].starts_with(['"', '\'']) {
                return None;
            }
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            if rest.starts_with("//") {
                return None;
            }
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark))?;
            found.push(Token::Mark(mark));
            rest = &rest[mark.len()..];
        }
        rest = rest.trim_start();
    }
    Some(found)
}

/// Reads by descent; each function takes what it read, `None` if that is not
/// of its form.
struct Parser<'t> {
    tokens: &'t [Token],
    facts: &'t RequestAttributes,
}

impl Parser<'_> {
    fn takes(&mut self, mark: &str) -> bool {
        let is_next = matches!(self.tokens.first(), Some(Token::Mark(m)) if *m == mark);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn any_of(&mut self) -> Option<Truth> {
        let mut answer = self.all_of()?;
        while self.takes("||") {
            answer = answer.or(self.all_of()?);
        }
        Some(answer)
    }

    fn all_of(&mut self) -> Option<Truth> {
        let mut answer = self.operand()?;
        while self.takes("&&") {
            answer = answer.and(self.operand()?);
        }
        Some(answer)
    }

    /// What stands between `&&` and `||`: perhaps, if it is not understood.
    fn operand(&mut self) -> Option<Truth> {
        let start = self.tokens;
        if let Some(answer) = self.understood()
            && self.is_at_boundary()
        {
            return Some(answer);
        }
        self.tokens = start;
        self.skip()
    }

    fn is_at_boundary(&self) -> bool {
        matches!(
            self.tokens.first(),
            None | Some(Token::Mark("&&" | "||" | ")"))
        )
    }

    fn understood(&mut self) -> Option<Truth> {
        if self.takes("!") {
            return Some(self.understood()?.not());
        }
        if self.takes("(") {
            let answer = self.any_of()?;
            return self.takes(")").then_some(answer);
        }
        let left = self.text()?;
        match left {
            Operand::Truth(answer) => Some(answer),
            Operand::Text(left) => {
                let is_equal = self.takes("==");
                if !is_equal && !self.takes("!=") {
                    return None;
                }
                let Operand::Text(right) = self.text()? else {
                    return None;
                };
                let same = equal(&left, &right);
                Some(if is_equal { same } else { same.not() })
            }
        }
    }

    /// Takes all up to the next `&&`, `||` or closing bracket at this depth.
    fn skip(&mut self) -> Option<Truth> {
        let mut depth = 0_usize;
        let end = self.tokens.iter().position(|token| {
            let Token::Mark(mark) = token else {
                return false;
            };
            match *mark {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" if depth == 0 => return true,
                ")" | "]" | "}" => depth -= 1,
                "&&" | "||" => return depth == 0,
                _ => {}
            }
            false
        });
        let end = end.unwrap_or(self.tokens.len());
        self.tokens = &self.tokens[end..];
        (end > 0).then_some(Truth::Perhaps)
    }

    fn text(&mut self) -> Option<Operand> {
        let mut value = match self.tokens {
            [Token::Literal(literal), rest @ ..] => {
                self.tokens = rest;
                PartialText::Exact(literal.clone())
            }
            [
                Token::Word(resource),
                Token::Mark("."),
                Token::Word(field),
                rest @ ..,
            ] if resource == "resource" => {
                let known = match field.as_str() {
                    "name" => &self.facts.name,
                    "type" => &self.facts.kind,
                    "service" => &self.facts.service,
                    _ => return None,
                };
                self.tokens = rest;
                known.clone()
            }
            _ => return None,
        };
        while let [
            Token::Mark("."),
            Token::Word(function),
            Token::Mark("("),
            Token::Literal(argument),
            Token::Mark(")"),
            rest @ ..,
        ] = self.tokens
        {
            self.tokens = rest;
            value = match function.as_str() {
                "startsWith" => return Some(Operand::Truth(starts_with(&value, argument))),
                "endsWith" => return Some(Operand::Truth(ends_with(&value, argument))),
                "contains" => return Some(Operand::Truth(contains(&value, argument))),
                "extract" => extract(&value, argument),
                _ => return None,
            };
        }
        Some(Operand::Text(value))
    }
}

enum Operand {
    Text(PartialText),
    Truth(Truth),
}

fn starts_with(text: &PartialText, with: &str) -> Truth {
    match text {
        PartialText::Exact(text) => Truth::of(text.starts_with(with)),
        PartialText::Head(head) if head.starts_with(with) => Truth::Yes,
        PartialText::Head(head) if !with.starts_with(head.as_str()) => Truth::No,
        PartialText::Head(_) | PartialText::Tail(_) | PartialText::Nothing => Truth::Perhaps,
    }
}

fn ends_with(text: &PartialText, with: &str) -> Truth {
    match text {
        PartialText::Exact(text) => Truth::of(text.ends_with(with)),
        PartialText::Tail(tail) if tail.ends_with(with) => Truth::Yes,
        PartialText::Tail(tail) if !with.ends_with(tail.as_str()) => Truth::No,
        PartialText::Head(_) | PartialText::Tail(_) | PartialText::Nothing => Truth::Perhaps,
    }
}

fn contains(text: &PartialText, what: &str) -> Truth {
    match text {
        PartialText::Exact(text) => Truth::of(text.contains(what)),
        PartialText::Head(part) | PartialText::Tail(part) if part.contains(what) => Truth::Yes,
        PartialText::Head(_) | PartialText::Tail(_) | PartialText::Nothing => Truth::Perhaps,
    }
}

fn equal(left: &PartialText, right: &PartialText) -> Truth {
    match (left, right) {
        (PartialText::Exact(left), PartialText::Exact(right)) => Truth::of(left == right),
        (part, PartialText::Exact(whole)) | (PartialText::Exact(whole), part) => match part {
            PartialText::Head(head) if !whole.starts_with(head.as_str()) => Truth::No,
            PartialText::Tail(tail) if !whole.ends_with(tail.as_str()) => Truth::No,
            PartialText::Head(_)
            | PartialText::Tail(_)
            | PartialText::Exact(_)
            | PartialText::Nothing => Truth::Perhaps,
        },
        _ => Truth::Perhaps,
    }
}

/// IAM's own: `"a/b/c".extract("a/{x}/")` is `b`, and the empty string where
/// nothing is found.
fn extract(text: &PartialText, template: &str) -> PartialText {
    let parts = template.split_once('{').and_then(|(before, rest)| {
        let (_, after) = rest.split_once('}')?;
        (!after.contains('{')).then_some((before, after))
    });
    let Some((before, after)) = parts else {
        return PartialText::Nothing;
    };
    let rest = match text {
        PartialText::Exact(whole) => match whole.split_once(before) {
            Some((_, rest)) => rest,
            None => return PartialText::Exact(String::new()),
        },
        // The first place must be in what is known: a whole segment that the
        // project's id or number cannot be.
        PartialText::Tail(tail) if is_segment(before) => match tail.split_once(before) {
            Some((_, rest)) => rest,
            None => return PartialText::Nothing,
        },
        PartialText::Head(_) | PartialText::Tail(_) | PartialText::Nothing => {
            return PartialText::Nothing;
        }
    };
    PartialText::Exact(match after {
        "" => rest.to_owned(),
        _ => rest
            .split_once(after)
            .map_or_else(String::new, |(found, _)| found.to_owned()),
    })
}

/// `/instances/`: one segment, and no number.
fn is_segment(text: &str) -> bool {
    let inner = text.strip_prefix('/').and_then(|t| t.strip_suffix('/'));
    inner.is_some_and(|inner| {
        !inner.is_empty() && !inner.contains('/') && !inner.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::request_attributes::request_attributes;

    fn decided(expression: &str, permission: &str, at: &str) -> Truth {
        holds(
            expression,
            &request_attributes(permission, &at.parse().expect("a name")),
        )
    }

    const OURS: &str = "resource.type != \"compute.googleapis.com/Instance\" || \
                        resource.name.extract(\"/instances/{name}\").startsWith(\"gc-\")";
    const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";
    const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/b";

    fn machine(project: &str, name: &str) -> String {
        format!("//compute.googleapis.com/projects/{project}/zones/us-central1-a/instances/{name}")
    }

    #[test]
    fn the_name_of_a_machine_decides_and_one_to_come_does_not() {
        let on = |at: &str| decided(OURS, "compute.instances.setMetadata", at);
        assert_eq!(on(&machine("demo-project", "gc-job-1")), Truth::Yes);
        assert_eq!(on(&machine("demo-project", "theirs")), Truth::No);
        // Its id might be taken for the segment.
        assert_eq!(on(&machine("instances", "theirs")), Truth::Perhaps);
        assert_eq!(on(PROJECT), Truth::Perhaps);
        let other = |permission| decided(OURS, permission, PROJECT);
        assert_eq!(other("compute.disks.create"), Truth::Perhaps);
        assert_eq!(other("compute.instances.list"), Truth::Perhaps);
    }

    #[test]
    fn what_is_known_of_objects_is_what_their_names_begin_with() {
        let read = |expression: &str| decided(expression, "storage.objects.get", BUCKET);
        for (expression, answer) in [
            (
                "resource.name.startsWith('projects/_/buckets/b/objects/x/')",
                Truth::Perhaps,
            ),
            (
                "resource.name.startsWith('projects/_/buckets/b/')",
                Truth::Yes,
            ),
            (
                "resource.name.startsWith('projects/_/buckets/c/')",
                Truth::No,
            ),
            (
                "resource.name == 'projects/_/buckets/c/objects/x'",
                Truth::No,
            ),
            (
                "resource.name == 'projects/_/buckets/b/objects/x'",
                Truth::Perhaps,
            ),
            (
                "resource.type == 'storage.googleapis.com/Bucket'",
                Truth::No,
            ),
            ("resource.service == 'storage.googleapis.com'", Truth::Yes),
            ("!(resource.service == 'storage.googleapis.com')", Truth::No),
            ("resource.name.endsWith('.json')", Truth::Perhaps),
            ("resource.name.contains('/objects/')", Truth::Yes),
        ] {
            assert_eq!(read(expression), answer, "{expression}");
        }
    }

    #[test]
    fn what_is_not_understood_is_perhaps_but_cannot_save_what_is_false() {
        let read = |expression: &str| decided(expression, "storage.objects.get", BUCKET);
        const NO: &str = "resource.service == 'other.googleapis.com'";
        const TIME: &str = "request.time < timestamp('2026-11-22T12:00:00Z')";
        for (expression, answer) in [
            (TIME.to_owned(), Truth::Perhaps),
            (format!("{TIME} && {NO}"), Truth::No),
            (format!("{NO} && ({TIME} || true)"), Truth::No),
            (format!("{NO} || {TIME}"), Truth::Perhaps),
            (format!("({NO}) == false"), Truth::Perhaps),
            (format!("!({NO}) == false"), Truth::Perhaps),
            (format!("{NO} ? true : true"), Truth::Perhaps),
            (format!("[{NO}].exists(x, !x)"), Truth::Perhaps),
            (
                "resource.name.startsWith(\"projects\\u002f\")".to_owned(),
                Truth::Perhaps,
            ),
            ("resource.type == r'x'".to_owned(), Truth::Perhaps),
            (
                "resource.type.lowerAscii() == 'x'".to_owned(),
                Truth::Perhaps,
            ),
            ("'x' + resource.type == 'x'".to_owned(), Truth::Perhaps),
            (format!("{NO} // or not"), Truth::Perhaps),
            (format!("{NO} &&"), Truth::Perhaps),
            (format!("({NO}"), Truth::Perhaps),
            (format!("{NO})"), Truth::Perhaps),
            (String::new(), Truth::Perhaps),
        ] {
            assert_eq!(read(&expression), answer, "{expression}");
        }
    }
}
