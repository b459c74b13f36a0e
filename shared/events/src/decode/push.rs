//! Pub/Sub's wrapped push, and the message in it.

use crate::{
    Envelope, Unreadable,
    json::{self, Object, Unique},
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use std::{borrow::Cow, fmt};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Push<'a> {
    #[serde(borrow)]
    message: Object<Message<'a>>,
    subscription: Option<String>,
    #[serde(default, deserialize_with = "json::whole")]
    delivery_attempt: Option<u32>,
}

/// Pub/Sub spells the id and the time twice, in camel and in snake case, so a
/// serde alias would refuse them as duplicates (facts: Pub/Sub push).
#[derive(Deserialize)]
struct Message<'a> {
    data: Option<Base64>,
    attributes: Option<Unique<String>>,
    #[serde(rename = "messageId", borrow)]
    camel_id: Option<Text<'a>>,
    #[serde(borrow)]
    message_id: Option<Text<'a>>,
    #[serde(rename = "publishTime", borrow)]
    camel_time: Option<Text<'a>>,
    #[serde(borrow)]
    publish_time: Option<Text<'a>>,
    #[serde(rename = "orderingKey")]
    ordering_key: Option<String>,
}

/// Text that is copied only if it has escapes in it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the body of a wrapped push; without an id of the message, the
/// envelope's is empty.
pub(super) fn read(what: &'static str, body: &[u8]) -> Result<Envelope, Unreadable> {
    let push: Push<'_> = json::read::<Object<_>>(what, body)?.0;
    let mut envelope = envelope(what, "message.", push.message.0)?;
    envelope.subscription = push.subscription.filter(|name| !name.is_empty());
    envelope.delivery_attempt = push.delivery_attempt;
    Ok(envelope)
}

/// Reads a message without a wrapper.
pub(super) fn read_message(what: &'static str, text: &[u8]) -> Result<Envelope, Unreadable> {
    envelope(what, "", json::read::<Object<_>>(what, text)?.0)
}

fn envelope(what: &'static str, place: &str, message: Message<'_>) -> Result<Envelope, Unreadable> {
    let attributes = message.attributes.map(|unique| unique.0);
    let attributes = attributes.unwrap_or_default();
    if message.data.is_none() && attributes.is_empty() {
        let fault = format!("{place}data is missing, and so are attributes");
        return Err(Unreadable::new(what, fault));
    }
    let time = match message.camel_time.or(message.publish_time) {
        Some(text) => Some(super::time(what, &format!("{place}publishTime"), &text.0)?),
        None => None,
    };
    let id = message.camel_id.or(message.message_id);
    Ok(Envelope {
        message_id: id.map(|text| text.0.into_owned()).unwrap_or_default(),
        publish_time: time,
        data: message.data.map(|data| data.0).unwrap_or_default(),
        attributes,
        ordering_key: message.ordering_key.filter(|key| !key.is_empty()),
        ..Envelope::default()
    })
}

/// Data in base64: standard or URL-safe, with padding or without.
pub(super) struct Base64(pub(super) Bytes);

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Inner;
        impl Visitor<'_> for Inner {
            type Value = Base64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string of base64")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Base64, E> {
                let data = STANDARD.decode(text).or_else(|fault| {
                    let url_safe = text.contains(['-', '_']);
                    if url_safe {
                        URL_SAFE.decode(text)
                    } else {
                        Err(fault)
                    }
                });
                let data = data.map_err(E::custom)?;
                Ok(Base64(data.into()))
            }
        }
        from.deserialize_str(Inner)
    }
}
