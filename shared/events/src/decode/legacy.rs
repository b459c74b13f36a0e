//! Background events of Cloud Functions, which came before CloudEvents:
//! `{"context": {"eventId", "timestamp", "eventType", "resource"}, "data"}`, or,
//! older, all of that on one level. They become the CloudEvents that Google's
//! functions frameworks make of them (docs/mapping.md of the conformance suite).

use super::{
    cloud_event::{MESSAGE_PUBLISHED, complete},
    push, time,
};
use crate::{
    CloudEvent, Envelope, Unreadable,
    json::{self, Fields},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const WHAT: &str = "background event";
const DATA: &str = "background event data";

#[derive(Clone, Copy)]
enum Service {
    PubSub,
    Storage,
    Firestore,
    Auth,
    Database,
    Analytics,
}
use Service::{Analytics, Auth, Database, Firestore, PubSub, Storage};

#[rustfmt::skip]
const TYPES: [(&str, &str, Service); 18] = [
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

type Raw<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a background event; `None` if the body is not one. Only Google's event
/// types make it one: others have keys of these names too.
pub(super) fn read(fields: &Raw<'_>, body: &Bytes) -> Result<Option<Envelope>, Unreadable> {
    let nested = fields
        .get("context")
        .and_then(|raw| serde_json::from_str::<Fields<'_>>(raw.get()).ok());
    let (place, context) = match &nested {
        Some(nested) => ("context.", &nested.0),
        None => ("", fields),
    };
    let found = context
        .get("eventType")
        .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok())
        .and_then(|name| TYPES.iter().find(|(legacy, ..)| *legacy == name));
    let Some((_, kind, service)) = found else {
        return Ok(None);
    };
    let id = string(place, context, "eventId")?
        .filter(|id| !id.is_empty())
        .ok_or_else(|| fault(place, "eventId", "is missing"))?;
    let at = string(place, context, "timestamp")?
        .map(|text| time(WHAT, &format!("{place}timestamp"), &text))
        .transpose()?;
    let data = fields
        .get("data")
        .ok_or_else(|| fault("", "data", "is missing"))?;
    let resource = resource(place, context)?;
    let malformed = || {
        fault(
            place,
            "resource",
            &format!("{resource:?} is of another form"),
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
    complete(&mut envelope, event);
    Ok(Some(envelope))
}

fn fault(place: &str, name: &str, what: &str) -> Unreadable {
    Unreadable::new(WHAT, format!("{place}{name}: {what}"))
}

fn string(place: &str, from: &Raw<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    match from.get(name) {
        Some(raw) => {
            serde_json::from_str(raw.get()).map_err(|e| fault(place, name, &e.to_string()))
        }
        None => Ok(None),
    }
}

/// The resource's name, which newer events put into an object.
fn resource(place: &str, context: &Raw<'_>) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Resource {
        name: String,
    }
    let raw = context
        .get("resource")
        .ok_or_else(|| fault(place, "resource", "is missing"))?;
    let name = if raw.get().starts_with('{') {
        serde_json::from_str::<Resource>(raw.get()).map(|resource| resource.name)
    } else {
        serde_json::from_str(raw.get())
    };
    name.map_err(|e| fault(place, "resource", &e.to_string()))
}

/// The source and, where the resource's name holds it, the subject; `None` if
/// the name is not of the service's form.
fn source(
    service: Service,
    resource: &str,
    fields: &Raw<'_>,
) -> Result<Option<(String, Option<String>)>, Unreadable> {
    let (host, mark) = match service {
        PubSub => ("pubsub", None),
        Storage => ("storage", Some("/objects/")),
        Firestore => ("firestore", Some("/documents/")),
        Auth => ("firebaseauth", None),
        Database => ("firebasedatabase", Some("/refs/")),
        Analytics => ("firebase", Some("/events/")),
    };
    let (owner, subject) = match mark.map(|mark| resource.find(mark)) {
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

/// Where a database lies, by its domain.
fn location(fields: &Raw<'_>) -> Result<String, Unreadable> {
    let domain = string("", fields, "domain")?.unwrap_or_default();
    if domain == "firebaseio.com" {
        return Ok("us-central1".into());
    }
    domain
        .strip_suffix(".firebasedatabase.app")
        .filter(|region| !region.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| fault("", "domain", &format!("{domain:?} is no database's")))
}

/// The subject of a user's event, and its data with the names that CloudEvents
/// have for two fields; all else in it stays as it came.
fn user(data: &RawValue) -> Result<(Option<String>, Bytes), Unreadable> {
    let mut fields = json::read::<Fields<'_>>(DATA, data.get().as_bytes())?.0;
    let user = string("data.", &fields, "uid")?.map(|uid| format!("users/{uid}"));
    let unwritable = |e: serde_json::Error| fault("", "data", &e.to_string());
    let metadata = fields
        .get("metadata")
        .filter(|raw| raw.get().starts_with('{'));
    let renamed = match metadata {
        Some(raw) => {
            let metadata = json::read::<Fields<'_>>(DATA, raw.get().as_bytes())?;
            let renamed: Raw<'_> = metadata
                .0
                .into_iter()
                .map(|(name, value)| match name.as_str() {
                    "createdAt" => ("createTime".to_owned(), value),
                    "lastSignedInAt" => ("lastSignInTime".to_owned(), value),
                    _ => (name, value),
                })
                .collect();
            Some(serde_json::value::to_raw_value(&renamed).map_err(unwritable)?)
        }
        None => None,
    };
    if let Some(renamed) = &renamed {
        fields.insert("metadata".into(), renamed);
    }
    let data = serde_json::to_vec(&fields).map_err(unwritable)?;
    Ok((user, data.into()))
}
