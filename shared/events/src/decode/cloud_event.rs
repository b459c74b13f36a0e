//! The parts that all forms of a CloudEvent share.

use super::{push, timestamp};
use crate::{CloudEvent, DecodeError, Envelope};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The type of Eventarc's Pub/Sub events, whose data is a wrapped push.
pub(crate) const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// The attribute names that an extension cannot have.
pub(crate) const RESERVED_NAMES: [&str; 10] = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
    "data",
    "data_base64",
];

/// Builds a CloudEvent from its attributes. `prefix` is prepended to attribute
/// names in errors.
pub(super) fn from_attributes(
    prefix: &str,
    mut attributes: BTreeMap<String, String>,
) -> Result<CloudEvent, DecodeError> {
    let fault = |text: String| DecodeError::new("cloud event", text);
    let mut required = |name: &str| {
        attributes
            .remove(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| fault(format!("{prefix}{name} is missing")))
    };
    let version = required("specversion")?;
    if version != "1.0" {
        return Err(fault(format!(
            "{prefix}specversion: {version:?} is not \"1.0\""
        )));
    }
    let (id, source, kind) = (required("id")?, required("source")?, required("type")?);
    let at = attributes.remove("time");
    Ok(CloudEvent {
        id,
        source,
        kind,
        subject: attributes.remove("subject"),
        time: at
            .map(|text| timestamp::parse("cloud event", &format!("{prefix}time"), &text))
            .transpose()?,
        data_content_type: attributes.remove("datacontenttype"),
        data_schema: attributes.remove("dataschema"),
        extensions: attributes,
    })
}

/// The envelope of a CloudEvent and its data.
pub(super) fn into_envelope(event: CloudEvent, data: Bytes) -> Result<Envelope, DecodeError> {
    let mut envelope = if event.kind == MESSAGE_PUBLISHED {
        push::read("cloud event data", &data)?
    } else {
        Envelope {
            data,
            ..Envelope::default()
        }
    };
    attach(&mut envelope, event);
    Ok(envelope)
}

/// Attaches the CloudEvent to the envelope of its data.
pub(super) fn attach(envelope: &mut Envelope, event: CloudEvent) {
    if envelope.message_id.is_empty() {
        envelope.message_id.clone_from(&event.id);
    }
    envelope.publish_time = envelope.publish_time.or(event.time);
    envelope.cloud_event = Some(event);
}
