//! Filters of lists, in the language of <https://google.aip.dev/160>:
//! `labels.env=prod AND (state=READY OR createTime>"2026-01-01")`.
//!
//! OR binds closer than AND, and AND closer than juxtaposition is the same as
//! it, as that document says; `a=(b OR c)` is `a=b OR a=c`. Functions are
//! refused.

use crate::ApiError;
use crate::camel_case::camel_case;
use names::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;

/// A condition on a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Vec<String>, Operator, String),
    /// A value without a field, which any field may contain.
    Anywhere(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Has,
    Is,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    (":", Operator::Has),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Minus,
    Operator(Operator),
    /// Text, and whether it was quoted.
    Text(String, bool),
    /// A field with names in quotes: `labels."a.b"`.
    Field(Vec<String>),
}

impl Default for Filter {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Filter {
    /// Parses a filter; an empty one matches everything.
    ///
    /// # Errors
    /// 400 with `message`.
    pub(crate) fn parse(text: &str, message: &dyn Fn() -> String) -> Result<Self, ApiError> {
        let parsed = tokens(text).and_then(|tokens| {
            let mut parser = Parser { tokens, at: 0 };
            let filter = parser.expression()?;
            (parser.at == parser.tokens.len()).then_some(filter)
        });
        parsed.ok_or_else(|| ApiError::invalid(message()))
    }

    /// Whether it has a value without a field.
    pub(crate) fn has_bare_value(&self) -> bool {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().any(Self::has_bare_value),
            Self::Not(inner) => inner.has_bare_value(),
            Self::Compare(..) => false,
            Self::Anywhere(_) => true,
        }
    }

    /// The filter with other values; `map` also gets the field.
    pub(crate) fn map_values(self, map: &dyn Fn(&[String], &str) -> String) -> Self {
        let each = |inner: Vec<Self>| inner.into_iter().map(|one| one.map_values(map)).collect();
        match self {
            Self::All(inner) => Self::All(each(inner)),
            Self::Any(inner) => Self::Any(each(inner)),
            Self::Not(inner) => Self::Not(Box::new(inner.map_values(map))),
            Self::Compare(path, operator, value) => {
                let value = map(&path, &value);
                Self::Compare(path, operator, value)
            }
            Self::Anywhere(value) => Self::Anywhere(map(&[], &value)),
        }
    }

    /// This composite of values as one of comparisons of a field with them.
    fn compared(self, path: &[String], operator: Operator) -> Option<Self> {
        let each = |inner: Vec<Self>| {
            let inner = inner.into_iter().map(|one| one.compared(path, operator));
            inner.collect::<Option<Vec<_>>>()
        };
        Some(match self {
            Self::All(inner) => Self::All(each(inner)?),
            Self::Any(inner) => Self::Any(each(inner)?),
            Self::Not(inner) => Self::Not(Box::new(inner.compared(path, operator)?)),
            Self::Anywhere(value) => Self::Compare(path.to_vec(), operator, value),
            Self::Compare(..) => return None,
        })
    }

    /// Accepts both spellings of top-level fields (`user_labels`).
    pub(crate) fn camel_case(mut self) -> Self {
        self.each(&mut |path, _| path[0] = camel_case(&path[0]));
        self
    }

    /// Replaces names of fields by others.
    pub(crate) fn rename(mut self, fields: &[(&str, &str)]) -> Self {
        self.each(&mut |path, _| {
            if let Some((_, field)) = fields.iter().find(|(other, _)| *other == path[0]) {
                (*field).clone_into(&mut path[0]);
            }
        });
        self
    }

    /// Makes `:` compare whole values, regardless of case; otherwise, it finds
    /// parts of them.
    pub(crate) fn whole_values(mut self) -> Self {
        self.each(&mut |_, operator| {
            if *operator == Operator::Has {
                *operator = Operator::Is;
            }
        });
        self
    }

    /// Whether `known` is true of all fields; it may change how they are spelt.
    pub(crate) fn has_known_fields(&mut self, known: &dyn Fn(&mut [String]) -> bool) -> bool {
        let mut all = true;
        self.each(&mut |path, _| all &= known(path));
        all
    }

    fn each(&mut self, change: &mut dyn FnMut(&mut [String], &mut Operator)) {
        match self {
            Self::All(inner) | Self::Any(inner) => {
                inner.iter_mut().for_each(|filter| filter.each(change));
            }
            Self::Not(inner) => inner.each(change),
            Self::Compare(path, operator, _) => change(path, operator),
            Self::Anywhere(_) => {}
        }
    }

    pub(crate) fn matches(&self, resource: &Value) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|filter| filter.matches(resource)),
            Self::Any(inner) => inner.iter().any(|filter| filter.matches(resource)),
            Self::Not(inner) => !inner.matches(resource),
            Self::Compare(path, operator, wanted) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                compare(resource, &path, *operator, wanted)
            }
            Self::Anywhere(wanted) => contains(resource, wanted),
        }
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let operator = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign));
        let (token, length) = match (first, operator) {
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            ('-', _) => (Token::Minus, 1),
            (_, Some((sign, operator))) => (Token::Operator(*operator), sign.len()),
            ('"' | '\'', None) => {
                let end = rest[1..].find(first)?;
                (Token::Text(rest[1..=end].to_owned(), true), end + 2)
            }
            (_, None) => {
                let ends = |c: char| c.is_whitespace() || "()=:<>!\"'".contains(c);
                let end = rest.find(ends).unwrap_or(rest.len());
                let text = &rest[..end];
                match rest[end..].chars().next() {
                    _ if end == 0 => return None,
                    Some('"' | '\'') if text.ends_with('.') => field(rest)?,
                    Some(_) | None => (Token::Text(text.to_owned(), false), end),
                }
            }
        };
        all.push(token);
        rest = rest[length..].trim_start();
    }
    Some(all)
}

/// The field at the front of a text, and its length.
fn field(text: &str) -> Option<(Token, usize)> {
    let (mut names, mut rest) = (Vec::new(), text);
    loop {
        let first = rest.chars().next()?;
        let (name, after) = match first {
            '"' | '\'' => rest[1..].split_once(first)?,
            _ => rest.split_at(rest.find(|c: char| c.is_whitespace() || ".()=:<>!".contains(c))?),
        };
        names.push(name.to_owned());
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return Some((Token::Field(names), text.len() - after.len())),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(&Token::Text(word.to_owned(), false));
        self.at += usize::from(found);
        found
    }

    fn expression(&mut self) -> Option<Filter> {
        let mut all = Vec::new();
        while !matches!(self.peek(), None | Some(Token::Close)) {
            if !all.is_empty() {
                self.take_word("AND");
            }
            all.push(self.factor()?);
        }
        Some(match all.len() {
            1 => all.remove(0),
            _ => Filter::All(all),
        })
    }

    fn factor(&mut self) -> Option<Filter> {
        let mut any = vec![self.term()?];
        while self.take_word("OR") {
            any.push(self.term()?);
        }
        Some(match any.len() {
            1 => any.remove(0),
            _ => Filter::Any(any),
        })
    }

    fn term(&mut self) -> Option<Filter> {
        if self.take_word("NOT") {
            return Some(Filter::Not(Box::new(self.simple()?)));
        }
        if self.peek() == Some(&Token::Minus) {
            self.at += 1;
            return Some(Filter::Not(Box::new(self.simple()?)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Option<Filter> {
        match self.peek()?.clone() {
            Token::Open => self.composite(),
            Token::Text(text, quoted) => {
                self.at += 1;
                if !quoted && matches!(text.as_str(), "AND" | "OR") {
                    return None;
                }
                let Some(Token::Operator(operator)) = self.peek().cloned() else {
                    return Some(Filter::Anywhere(text));
                };
                self.at += 1;
                self.comparison(path(&text)?, operator)
            }
            Token::Field(names) => {
                let Some(Token::Operator(operator)) = self.tokens.get(self.at + 1).cloned() else {
                    return None;
                };
                self.at += 2;
                self.comparison(names, operator)
            }
            Token::Close | Token::Minus | Token::Operator(_) => None,
        }
    }

    /// What follows an operator: a value, or a group of values.
    fn comparison(&mut self, path: Vec<String>, operator: Operator) -> Option<Filter> {
        if self.peek() == Some(&Token::Open) {
            return self.composite()?.compared(&path, operator);
        }
        Some(Filter::Compare(path, operator, self.value()?))
    }

    /// An expression in parentheses.
    fn composite(&mut self) -> Option<Filter> {
        self.at += 1;
        let inner = self.expression()?;
        let closed = self.peek() == Some(&Token::Close);
        self.at += 1;
        (closed && inner != Filter::default()).then_some(inner)
    }

    fn value(&mut self) -> Option<String> {
        let minus = self.peek() == Some(&Token::Minus);
        self.at += usize::from(minus);
        let Some(Token::Text(text, _)) = self.peek().cloned() else {
            return None;
        };
        self.at += 1;
        Some(if minus { format!("-{text}") } else { text })
    }
}

fn path(text: &str) -> Option<Vec<String>> {
    let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}

/// A list matches if one of its items does.
fn compare(value: &Value, path: &[&str], operator: Operator, wanted: &str) -> bool {
    match (value, path) {
        (Value::Array(items), _) => items
            .iter()
            .any(|item| compare(item, path, operator, wanted)),
        (_, [first, rest @ ..]) => match value.get(first) {
            Some(inner) => compare(inner, rest, operator, wanted),
            // An absent field differs from everything.
            None => operator == Operator::NotEqual,
        },
        (Value::Object(fields), []) => {
            matches!(operator, Operator::Has | Operator::Is)
                && (wanted == "*" || fields.contains_key(wanted))
        }
        (Value::Null, []) => false,
        (Value::Bool(_) | Value::Number(_) | Value::String(_), []) => {
            let text = match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            };
            let order = || order(&text, wanted);
            match operator {
                Operator::Equal => equal(&text, wanted),
                Operator::NotEqual => !equal(&text, wanted),
                Operator::Has if wanted.len() > 1 && wanted.ends_with('*') => equal(&text, wanted),
                Operator::Has => wanted == "*" || text.contains(wanted),
                Operator::Is => {
                    wanted == "*" || equal(&text.to_lowercase(), &wanted.to_lowercase())
                }
                Operator::Less => order() == Ordering::Less,
                Operator::LessOrEqual => order() != Ordering::Greater,
                Operator::Greater => order() == Ordering::Greater,
                Operator::GreaterOrEqual => order() != Ordering::Less,
            }
        }
    }
}

/// Equality, where `*` at an end stands for anything.
fn equal(text: &str, wanted: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        _ if wanted == "*" => false,
        (Some(_), Some(_)) => text.contains(wanted.trim_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(begin)) => text.starts_with(begin),
        (None, None) => text == wanted,
    }
}

/// Numbers and times are ordered as such, all else as text.
pub(super) fn order(left: &str, right: &str) -> Ordering {
    let numbers = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
    if let Some((left, right)) = numbers {
        return left.total_cmp(&right);
    }
    let times = left.parse::<Timestamp>().ok().zip(right.parse().ok());
    match times {
        Some((left, right)) => left.cmp(&right),
        None => left.cmp(right),
    }
}

fn contains(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(|value| contains(value, wanted)),
        Value::Array(items) => items.iter().any(|value| contains(value, wanted)),
        Value::String(text) => text.contains(wanted),
        Value::Null | Value::Bool(_) | Value::Number(_) => format!("{value}") == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(text: &str) -> Result<Filter, ApiError> {
        Filter::parse(text, &|| format!("Invalid filter {text}"))
    }

    #[test]
    fn a_filter_matches_or_not() {
        let machine = json!({"name": "vm-1", "status": "RUNNING", "cpus": 4, "spot": true,
            "created": "2026-11-29T10:00:00.5Z", "tags": ["a", "b"],
            "labels": {"owner": "me", "a-b": ""}});
        for (filter, matches) in [
            ("", true),
            ("labels.owner=me", true),
            ("labels.owner=you", false),
            ("labels.owner:*", true),
            ("labels:owner", true),
            ("labels:other", false),
            ("labels.a-b:*", true),
            ("labels.\"a-b\":*", true),
            ("labels.'owner'=me AND status=RUNNING", true),
            ("labels.\"a.b\".c=1", false),
            ("labels.other:*", false),
            ("labels.other=*", false),
            ("name=vm-1 AND status=RUNNING", true),
            ("(labels.owner=me) (status = \"RUNNING\")", true),
            ("(labels.owner=me) AND (status!=RUNNING)", false),
            ("labels.other!=x", true),
            ("name:vm", true),
            ("name:vm*", true),
            ("name:1*", false),
            ("name=vm*", true),
            ("name=*-2", false),
            ("cpus=4", true),
            ("cpus>3 cpus<=4", true),
            ("cpus>10", false),
            ("cpus>-1", true),
            ("spot=true", true),
            ("created>\"2026-11-29T10:00:00Z\"", true),
            ("tags:b", true),
            ("tags=c", false),
            ("name=x OR name=vm-1", true),
            ("name=(x OR \"vm-1\") AND status=RUNNING", true),
            ("name=(x OR y)", false),
            ("name:(v AND m) tags:(-c)", true),
            // OR binds closer than AND.
            ("status=STOPPED AND name=x OR name=vm-1", false),
            ("NOT name=vm-1", false),
            ("-name=x", true),
            ("running", false),
            ("RUNNING vm", true),
            ("name=\"AND\"", false),
        ] {
            let parsed = parse(filter).expect(filter);
            assert_eq!(parsed.matches(&machine), matches, "{filter}");
        }
    }

    #[test]
    fn some_apis_compare_whole_values_of_other_fields() {
        let project = json!({"projectId": "jobs-1", "parent": {"id": "7"},
            "labels": {"env": "dev"}});
        for (filter, matches) in [
            ("id:jobs-1", true),
            ("id:JOBS-1", true),
            ("id:jobs", false),
            ("id:jobs*", true),
            ("NOT id:jobs*", false),
            ("parent.id:7 AND (id:x OR id:*)", true),
            ("parent.id:77", false),
            ("labels.env:*", true),
            ("labels:env", true),
        ] {
            let parsed = parse(filter).expect(filter);
            let parsed = parsed.rename(&[("id", "projectId")]).whole_values();
            assert_eq!(parsed.matches(&project), matches, "{filter}");
        }
    }

    #[test]
    fn invalid_filters_are_refused() {
        for filter in [
            "a=\"b",
            "=b",
            "a!b",
            "a=",
            "(a=b",
            "a=b)",
            "a..b=c",
            "AND a=b",
            "a=b OR",
            "NOT",
            "a.\"b",
            "a.\"b\"",
            "a.\"b\"=",
            "a.\"b\"c=d",
            "a=(b OR c=d)",
            "a=(b",
            "a=()x",
        ] {
            assert!(parse(filter).is_err(), "{filter}");
        }
    }
}
