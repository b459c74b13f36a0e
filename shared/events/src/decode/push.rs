//! The body of a wrapped Pub/Sub push, and the message in it.

use super::timestamp;
use crate::{
    DecodeError, Envelope,
    json::{self, JsonObject, UniqueKeys},
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
struct IncomingPush<'a> {
    #[serde(borrow)]
    message: JsonObject<IncomingMessage<'a>>,
    subscription: Option<String>,
    #[serde(default, deserialize_with = "json::optional_integer")]
    delivery_attempt: Option<u32>,
}

/// Pub/Sub sends the id and the time twice, in camel case and in snake case. A
/// serde alias would reject them as duplicates.
#[derive(Deserialize)]
struct IncomingMessage<'a> {
    data: Option<Base64Data>,
    attributes: Option<UniqueKeys<String>>,
    #[serde(rename = "messageId", borrow)]
    camel_id: Option<BorrowedText<'a>>,
    #[serde(borrow)]
    message_id: Option<BorrowedText<'a>>,
    #[serde(rename = "publishTime", borrow)]
    camel_time: Option<BorrowedText<'a>>,
    #[serde(borrow)]
    publish_time: Option<BorrowedText<'a>>,
    #[serde(rename = "orderingKey")]
    ordering_key: Option<String>,
}

/// A string that is copied only if it contains escapes.
#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the body of a wrapped push. The message id may be missing, and is then
/// empty in the envelope.
pub(super) fn read(what: &'static str, body: &[u8]) -> Result<Envelope, DecodeError> {
    let push: IncomingPush<'_> = json::read::<JsonObject<_>>(what, body)?.0;
    let mut envelope = envelope(what, "message.", push.message.0)?;
    envelope.subscription = push.subscription.filter(|name| !name.is_empty());
    envelope.delivery_attempt = push.delivery_attempt;
    Ok(envelope)
}

/// Reads a message without a wrapper.
pub(super) fn read_message(what: &'static str, text: &[u8]) -> Result<Envelope, DecodeError> {
    envelope(what, "", json::read::<JsonObject<_>>(what, text)?.0)
}

fn envelope(
    what: &'static str,
    prefix: &str,
    message: IncomingMessage<'_>,
) -> Result<Envelope, DecodeError> {
    let attributes = message.attributes.map(|unique| unique.0);
    let attributes = attributes.unwrap_or_default();
    if message.data.is_none() && attributes.is_empty() {
        let reason = format!("{prefix}data is missing, and so are attributes");
        return Err(DecodeError::new(what, reason));
    }
    let time = match message.camel_time.or(message.publish_time) {
        Some(text) => Some(timestamp::parse(
            what,
            &format!("{prefix}publishTime"),
            &text.0,
        )?),
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

/// Bytes in base64: standard or URL-safe, with or without padding.
pub(super) struct Base64Data(pub(super) Bytes);

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl<'de> Deserialize<'de> for Base64Data {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Base64Visitor;
        impl Visitor<'_> for Base64Visitor {
            type Value = Base64Data;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string of base64")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Base64Data, E> {
                let data = STANDARD.decode(text).or_else(|fault| {
                    let url_safe = text.contains(['-', '_']);
                    if url_safe {
                        URL_SAFE.decode(text)
                    } else {
                        Err(fault)
                    }
                });
                let data = data.map_err(E::custom)?;
                Ok(Base64Data(data.into()))
            }
        }
        from.deserialize_str(Base64Visitor)
    }
}
