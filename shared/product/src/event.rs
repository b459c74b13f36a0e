//! Converts specs to `product-requested` events and back. Pure.

use crate::Spec;
use events::ProductRequested;
use names::DeploymentId;
use serde_json::Value;
use std::collections::BTreeMap;

/// The event's name in errors.
const EVENT: &str = "the event product-requested";

/// The event that requests `spec`.
///
/// # Panics
/// Never: a spec is an object.
#[must_use]
pub fn event(spec: &Spec) -> ProductRequested {
    let Ok(Value::Object(fields)) = serde_json::to_value(spec) else {
        unreachable!("a spec is an object");
    };
    ProductRequested::Requested {
        spec: fields.into_iter().collect(),
    }
}

/// The spec that an event with `fields` requests.
pub(crate) fn requested_spec(fields: &BTreeMap<String, Value>) -> Result<Spec, String> {
    let text = serde_json::to_string(fields).unwrap_or_default();
    let spec = Spec::parse(EVENT, &text);
    spec.map_err(|fault| format!("{fault}; next: correct it, and publish the event again"))
}

/// The product that an event with `fields` is about, if they say so much.
pub(crate) fn requested_product(fields: &BTreeMap<String, Value>) -> Option<DeploymentId> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let parent = text("parent")?.parse().ok()?;
    Some(DeploymentId::of_product(
        &parent,
        &text("name")?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls;

    #[test]
    fn an_event_carries_the_whole_spec() {
        let spec = calls::sample();
        let ProductRequested::Requested { spec: fields } = event(&spec) else {
            panic!("it is a request");
        };
        assert_eq!(requested_product(&fields), Some(spec.id()));
        assert_eq!(requested_spec(&fields), Ok(spec));
    }

    #[test]
    fn an_invalid_event_is_refused_with_its_name_and_the_field() {
        let ProductRequested::Requested { spec: mut fields } = event(&calls::sample()) else {
            panic!("it is a request");
        };
        fields.insert("regoin".to_owned(), "us-central1".into());
        let fault = requested_spec(&fields).expect_err("unknown");
        assert!(fault.starts_with(EVENT), "{fault}");
        assert!(fault.contains("`regoin`"), "{fault}");
        assert_eq!(requested_product(&fields), Some(calls::sample().id()));
        fields.remove("name");
        assert_eq!(requested_product(&fields), None);
    }
}
