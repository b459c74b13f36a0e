//! The fields of a span or an event, already in JSON: a delivery's span is
//! written out once per line, but made only once.

use std::{
    error::Error,
    fmt::{self, Debug, Write},
    ops::Range,
};
use tracing::field::{Field, Visit};

/// Names and values, in the order in which they were recorded.
#[derive(Default)]
pub(super) struct LogFields {
    json: String,
    all: Vec<(&'static str, Range<usize>)>,
}

impl LogFields {
    pub(super) fn clear(&mut self) {
        self.json.clear();
        self.all.clear();
    }

    /// Name and value in JSON; the last recorded first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = self.all.iter().rev();
        fields.map(|(name, value)| (*name, &self.json[value.clone()]))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    fn set(&mut self, field: &Field, write: impl FnOnce(&mut String)) {
        let start = self.json.len();
        write(&mut self.json);
        self.all.push((field.name(), start..self.json.len()));
    }

    fn set_text(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        self.set(field, |json| quote(json, text));
    }
}

impl Visit for LogFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set_text(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, |json| {
            json.push('"');
            escape(json, value);
            json.push('"');
        });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, |json| write(json, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, |json| write(json, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, |json| write(json, value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.set(field, |json| write(json, value));
        } else {
            self.set_text(field, format_args!("{value}"));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.set_text(field, format_args!("{}", crate::chain(value)));
    }
}

pub(super) fn write(json: &mut String, value: impl fmt::Display) {
    write!(json, "{value}").expect("a String takes everything");
}

/// Adds `text` as a string of JSON.
pub(super) fn quote(json: &mut String, text: fmt::Arguments<'_>) {
    struct Escaped<'a>(&'a mut String);
    impl Write for Escaped<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            escape(self.0, text);
            Ok(())
        }
    }
    json.push('"');
    // What cannot be formatted is cut off there; the line is still JSON.
    let _ = Escaped(json).write_fmt(text);
    json.push('"');
}

/// Adds `text` as it stands inside a string of JSON (RFC 8259, section 7).
fn escape(json: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, special) = rest.split_at(at);
        json.push_str(plain);
        let mut special = special.chars();
        match special.next() {
            Some('\n') => json.push_str("\\n"),
            Some('\t') => json.push_str("\\t"),
            Some('\r') => json.push_str("\\r"),
            Some(c @ ('"' | '\\')) => json.extend(['\\', c]),
            Some(c) => write(json, format_args!("\\u{:04x}", u32::from(c))),
            None => {}
        }
        rest = special.as_str();
    }
    json.push_str(rest);
}
