//! What all forms of a CloudEvent have in common.

use super::{push, time};
use crate::{CloudEvent, Envelope, Unreadable};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The type of Eventarc's Pub/Sub events; their data is a wrapped push.
pub(crate) const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// The names that no extension may have.
pub(crate) const NAMES: [&str; 10] = [
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

/// Sorts a CloudEvent's attributes; `place` comes before a name in an error.
pub(super) fn read(
    place: &str,
    mut attributes: BTreeMap<String, String>,
) -> Result<CloudEvent, Unreadable> {
    let fault = |text: String| Unreadable::new("cloud event", text);
    let mut required = |name: &str| {
        attributes
            .remove(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| fault(format!("{place}{name} is missing")))
    };
    let version = required("specversion")?;
    if version != "1.0" {
        return Err(fault(format!(
            "{place}specversion: {version:?} is not \"1.0\""
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
            .map(|text| time("cloud event", &format!("{place}time"), &text))
            .transpose()?,
        data_content_type: attributes.remove("datacontenttype"),
        data_schema: attributes.remove("dataschema"),
        extensions: attributes,
    })
}

/// The envelope of a CloudEvent and its data.
pub(super) fn envelope(event: CloudEvent, data: Bytes) -> Result<Envelope, Unreadable> {
    let mut envelope = if event.kind == MESSAGE_PUBLISHED {
        push::read("cloud event data", &data)?
    } else {
        Envelope {
            data,
            ..Envelope::default()
        }
    };
    complete(&mut envelope, event);
    Ok(envelope)
}

/// Adds what an event is to what is in it.
pub(super) fn complete(envelope: &mut Envelope, event: CloudEvent) {
    if envelope.message_id.is_empty() {
        envelope.message_id.clone_from(&event.id);
    }
    envelope.publish_time = envelope.publish_time.or(event.time);
    envelope.cloud_event = Some(event);
}
