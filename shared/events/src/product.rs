//! The event that starts or continues the making of a product.

use crate::{DecodeError, Envelope, json::UniqueKeys};
use names::DeploymentId;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use std::collections::BTreeMap;

/// The event `product-requested`: make this product or change it, or continue that.
///
/// Who requests it publishes the fields of the spec. The account that sets its
/// projects up is configuration and never part of the event. The sweep publishes
/// `{"kind": "overdue", "product": "folders-7_shop"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductRequested {
    /// The product should be as the spec says.
    Requested {
        /// The fields of the spec. They are validated by the factory, so that the
        /// rules are in one place.
        spec: BTreeMap<String, Value>,
    },
    /// The product is overdue and should be continued.
    Overdue {
        /// Its id in the ledger.
        product: DeploymentId,
    },
}

const WHAT: &str = "product-requested event";

impl TryFrom<&Envelope> for ProductRequested {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let fault = |text: String| DecodeError::new(WHAT, text);
        let UniqueKeys(mut spec) = envelope.json::<UniqueKeys<Value>>(WHAT)?;
        let kind = spec.remove("kind");
        match kind.as_ref().map(|kind| kind.as_str().unwrap_or_default()) {
            None | Some("requested") => Ok(Self::Requested { spec }),
            Some("overdue") => {
                let product = match spec.remove("product") {
                    Some(Value::String(text)) => text
                        .parse::<DeploymentId>()
                        .map_err(|error| fault(format!("product: {error}")))?,
                    Some(other) => return Err(fault(format!("product: {other} is not an id"))),
                    None => return Err(fault("missing field `product`".to_owned())),
                };
                match spec.keys().next() {
                    None => Ok(Self::Overdue { product }),
                    Some(key) => Err(fault(format!("unknown field `{key}` of the kind overdue"))),
                }
            }
            Some(_) => {
                let kind = kind.unwrap_or_default();
                let known = "requested (or nothing) or overdue";
                Err(fault(format!("kind: {kind} is not {known}")))
            }
        }
    }
}

impl Serialize for ProductRequested {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Requested { spec } => to.collect_map(spec),
            Self::Overdue { product } => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("kind", "overdue")?;
                map.serialize_entry("product", product)?;
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<ProductRequested, String> {
        let envelope = Envelope {
            data: text.to_owned().into(),
            ..Envelope::default()
        };
        ProductRequested::try_from(&envelope).map_err(|fault| fault.to_string())
    }

    fn requested() -> ProductRequested {
        let fields = [
            ("name".to_owned(), json!("shop")),
            ("environments".to_owned(), json!({ "staging": null })),
        ];
        ProductRequested::Requested {
            spec: fields.into(),
        }
    }

    #[test]
    fn the_fields_of_a_spec_are_an_event() {
        let fields = r#""name":"shop","environments":{"staging":null}"#;
        assert_eq!(read(&format!("{{{fields}}}")), Ok(requested()));
        let said = format!(r#"{{"kind":"requested",{fields}}}"#);
        assert_eq!(read(&said), Ok(requested()));
    }

    #[test]
    fn a_serialized_event_reads_back() {
        let product = "folders-7_shop".parse().expect("valid");
        for event in [requested(), ProductRequested::Overdue { product }] {
            let text = serde_json::to_string(&event).expect("plain data");
            assert_eq!(read(&text), Ok(event), "{text}");
        }
    }

    #[test]
    fn an_invalid_event_is_an_error_with_a_reason() {
        for (text, says) in [
            ("", "EOF"),
            ("[]", "an object"),
            (r#"{"name":"a","name":"b"}"#, "duplicate key \"name\""),
            (r#"{"kind":"overdue"}"#, "missing field `product`"),
            (r#"{"kind":"overdue","product":7}"#, "product: 7"),
            (r#"{"kind":"overdue","product":"shop"}"#, "my-project_"),
            (
                r#"{"kind":"overdue","product":"folders-7_shop","name":"shop"}"#,
                "unknown field `name`",
            ),
            (
                r#"{"kind":"deleted","name":"shop"}"#,
                "kind: \"deleted\" is not requested",
            ),
        ] {
            let fault = read(text).expect_err(text);
            assert!(
                fault.starts_with(WHAT) && fault.contains(says),
                "{text}: {fault}"
            );
        }
    }
}
