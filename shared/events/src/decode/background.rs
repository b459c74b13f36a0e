//! Background events of Cloud Functions, the format before CloudEvents:
//! `{"context": {"eventId", "timestamp", "eventType", "resource"}, "data"}`, or,
//! older still, the same fields on one level. They are converted to the
//! CloudEvents that Google's functions frameworks make of them (docs/mapping.md
//! of the functions framework conformance suite).

use super::{
    cloud_event::{MESSAGE_PUBLISHED, attach},
    push, timestamp,
};
use crate::{
    CloudEvent, DecodeError, Envelope,
    json::{self, RawObject},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const WHAT: &str = "background event";
const DATA: &str = "background event data";

#[derive(Clone, Copy)]
enum BackgroundService {
    PubSub,
    Storage,
    Firestore,
    Auth,
    Database,
    Analytics,
}
use BackgroundService::{Analytics, Auth, Database, Firestore, PubSub, Storage};

#[rustfmt::skip]
const EVENT_TYPES: [(&str, &str, BackgroundService); 18] = [
    ("google.pubsub.topic.publish", MESSAGE_PUBLISHED, PubSub),
    ("providers/cloud.pubsub/eventTypes/topic.publish", MESSAGE_PUBLISHED, PubSub),
    ("google.storage.object.archive", "google.cloud.storage.object.v1.archived", Storage),
    ("google.storage.object.delete", "google.cloud.storage.object.v1.deleted", Storage),
    ("google.storage.object.finalize", "google.cloud.storage.object.v1.finalized", Storage),
    ("google.storage.object.metadataUpdate", "google.cloud.storage.object.v1.metadataUpdated", Storage),
    ("providers/cloud.storage/eventTypes/object.change", "google.cloud.storage.object.v1.finalized", Storage),
    ("providers/cloud.firestore/eventTypes/document.create", "google.cloud.firestore.document.v1.created", Firestore),
    ("providers/cloud.firestore/eventTypes/document.delete", "google.cloud.firestore.document.v1.deleted", Firestore),
    ("providers/cloud.firestore/eventTypes/document.update", "google.cloud.firestore.document.v1.updated", Firestore),
    ("providers/cloud.firestore/eventTypes/document.write", "google.cloud.firestore.document.v1.written", Firestore),
    ("providers/firebase.auth/eventTypes/user.create", "google.firebase.auth.user.v1.created", Auth),
    ("providers/firebase.auth/eventTypes/user.delete", "google.firebase.auth.user.v1.deleted", Auth),
    ("providers/google.firebase.analytics/eventTypes/event.log", "google.firebase.analytics.log.v1.written", Analytics),
    ("providers/google.firebase.database/eventTypes/ref.create", "google.firebase.database.ref.v1.created", Database),
    ("providers/google.firebase.database/eventTypes/ref.delete", "google.firebase.database.ref.v1.deleted", Database),
    ("providers/google.firebase.database/eventTypes/ref.update", "google.firebase.database.ref.v1.updated", Database),
    ("providers/google.firebase.database/eventTypes/ref.write", "google.firebase.database.ref.v1.written", Database),
];

type RawFields<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a background event; `None` if the body is not one. It is recognised by
/// Google's event types, because other data may have fields of the same names.
pub(super) fn read(fields: &RawFields<'_>, body: &Bytes) -> Result<Option<Envelope>, DecodeError> {
    let nested = fields
        .get("context")
        .and_then(|raw| serde_json::from_str::<RawObject<'_>>(raw.get()).ok());
    let (prefix, context) = match &nested {
        Some(nested) => ("context.", &nested.0),
        None => ("", fields),
    };
    let found = context
        .get("eventType")
        .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok())
        .and_then(|name| {
            EVENT_TYPES
                .iter()
                .find(|(event_type, ..)| *event_type == name)
        });
    let Some((_, kind, service)) = found else {
        return Ok(None);
    };
    let id = string(prefix, context, "eventId")?
        .filter(|id| !id.is_empty())
        .ok_or_else(|| fault(prefix, "eventId", "is missing"))?;
    let at = string(prefix, context, "timestamp")?
        .map(|text| timestamp::parse(WHAT, &format!("{prefix}timestamp"), &text))
        .transpose()?;
    let data = fields
        .get("data")
        .ok_or_else(|| fault("", "data", "is missing"))?;
    let resource = resource(prefix, context)?;
    let malformed = || {
        fault(
            prefix,
            "resource",
            &format!("{resource:?} is not valid for this event type"),
        )
    };
    let (source, mut subject) = source(*service, &resource, fields)?.ok_or_else(malformed)?;
    let mut envelope = match service {
        PubSub => push::read_message(DATA, data.get().as_bytes())?,
        Auth => {
            let (user, data) = user(data)?;
            subject = user;
            Envelope {
                data,
                ..Envelope::default()
            }
        }
        Storage | Firestore | Database | Analytics => Envelope {
            data: body.slice_ref(data.get().as_bytes()),
            ..Envelope::default()
        },
    };
    let event = CloudEvent {
        id,
        source,
        kind: (*kind).to_owned(),
        subject,
        time: at,
        data_content_type: Some("application/json".into()),
        ..CloudEvent::default()
    };
    attach(&mut envelope, event);
    Ok(Some(envelope))
}

fn fault(prefix: &str, name: &str, what: &str) -> DecodeError {
    DecodeError::new(WHAT, format!("{prefix}{name}: {what}"))
}

fn string(prefix: &str, from: &RawFields<'_>, name: &str) -> Result<Option<String>, DecodeError> {
    match from.get(name) {
        Some(raw) => {
            serde_json::from_str(raw.get()).map_err(|e| fault(prefix, name, &e.to_string()))
        }
        None => Ok(None),
    }
}

/// The resource name. Newer events have an object with a `name` instead of a
/// string.
fn resource(prefix: &str, context: &RawFields<'_>) -> Result<String, DecodeError> {
    #[derive(Deserialize)]
    struct NamedResource {
        name: String,
    }
    let raw = context
        .get("resource")
        .ok_or_else(|| fault(prefix, "resource", "is missing"))?;
    let name = if raw.get().starts_with('{') {
        serde_json::from_str::<NamedResource>(raw.get()).map(|resource| resource.name)
    } else {
        serde_json::from_str(raw.get())
    };
    name.map_err(|e| fault(prefix, "resource", &e.to_string()))
}

/// The source of the CloudEvent and, if the resource name contains it, the
/// subject; `None` if the name does not have the service's form.
fn source(
    service: BackgroundService,
    resource: &str,
    fields: &RawFields<'_>,
) -> Result<Option<(String, Option<String>)>, DecodeError> {
    let (host, separator) = match service {
        PubSub => ("pubsub", None),
        Storage => ("storage", Some("/objects/")),
        Firestore => ("firestore", Some("/documents/")),
        Auth => ("firebaseauth", None),
        Database => ("firebasedatabase", Some("/refs/")),
        Analytics => ("firebase", Some("/events/")),
    };
    let (owner, subject) = match separator.map(|separator| resource.find(separator)) {
        Some(Some(at)) => (&resource[..at], Some(resource[at + 1..].to_owned())),
        Some(None) => return Ok(None),
        None => (resource, None),
    };
    let Some(rest) = owner.strip_prefix("projects/") else {
        return Ok(None);
    };
    let owner = match service {
        Database => match rest.strip_prefix("_/") {
            Some(instance) => format!("projects/_/locations/{}/{instance}", location(fields)?),
            None => return Ok(None),
        },
        PubSub | Storage | Firestore | Auth | Analytics => owner.to_owned(),
    };
    Ok(Some((format!("//{host}.googleapis.com/{owner}"), subject)))
}

/// The location of a Realtime Database instance, by its domain.
fn location(fields: &RawFields<'_>) -> Result<String, DecodeError> {
    let domain = string("", fields, "domain")?.unwrap_or_default();
    if domain == "firebaseio.com" {
        return Ok("us-central1".into());
    }
    domain
        .strip_suffix(".firebasedatabase.app")
        .filter(|region| !region.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| {
            fault(
                "",
                "domain",
                &format!("{domain:?} is not a Realtime Database domain"),
            )
        })
}

/// The subject of a user event, and its data with two fields renamed as in the
/// CloudEvent. All other fields are kept verbatim.
fn user(data: &RawValue) -> Result<(Option<String>, Bytes), DecodeError> {
    let mut fields = json::read::<RawObject<'_>>(DATA, data.get().as_bytes())?.0;
    let user = string("data.", &fields, "uid")?.map(|uid| format!("users/{uid}"));
    let encode_error = |e: serde_json::Error| fault("", "data", &e.to_string());
    let metadata = fields
        .get("metadata")
        .filter(|raw| raw.get().starts_with('{'));
    let renamed = match metadata {
        Some(raw) => {
            let metadata = json::read::<RawObject<'_>>(DATA, raw.get().as_bytes())?;
            let renamed: RawFields<'_> = metadata
                .0
                .into_iter()
                .map(|(name, value)| match name.as_str() {
                    "createdAt" => ("createTime".to_owned(), value),
                    "lastSignedInAt" => ("lastSignInTime".to_owned(), value),
                    _ => (name, value),
                })
                .collect();
            Some(serde_json::value::to_raw_value(&renamed).map_err(encode_error)?)
        }
        None => None,
    };
    if let Some(renamed) = &renamed {
        fields.insert("metadata".into(), renamed);
    }
    let data = serde_json::to_vec(&fields).map_err(encode_error)?;
    Ok((user, data.into()))
}
