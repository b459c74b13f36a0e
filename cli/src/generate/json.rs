//! JSON text whose fields have an order of our own.

use serde_json::Value;

/// A JSON object with its fields in the order in which they are added.
#[derive(Default)]
pub(super) struct Object(Vec<String>);

impl Object {
    /// Adds a field with this JSON text.
    pub(super) fn add(&mut self, name: &str, json: impl AsRef<str>) {
        self.0
            .push(format!("{}:{}", Value::from(name), json.as_ref()));
    }

    /// Adds those of these fields that `from` has, in this order.
    pub(super) fn copy(&mut self, from: &Value, names: &[&str]) {
        for name in names {
            if let Some(value) = from.get(name) {
                self.add(name, value.to_string());
            }
        }
    }

    /// Whether it has no field.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object on one line.
    pub(super) fn line(self) -> String {
        format!("{{{}}}", self.0.join(","))
    }
}

/// A JSON object with one field a line.
pub(super) fn lines<N: AsRef<str>, J: AsRef<str>>(
    fields: impl IntoIterator<Item = (N, J)>,
) -> String {
    let fields = fields
        .into_iter()
        .map(|(name, json)| format!("{}: {}", Value::from(name.as_ref()), json.as_ref()));
    format!("{{\n{}\n}}", fields.collect::<Vec<_>>().join(",\n"))
}
