//! Messages of methods that are known at run time only, and their JSON form.

use futures_util::stream::BoxStream;
use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::Value;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// The messages of a response.
pub(super) type Messages = BoxStream<'static, Result<DynamicMessage, Status>>;

/// Decodes messages of one kind.
#[derive(Debug, Clone)]
pub(super) struct DynamicCodec(MessageDescriptor);

impl DynamicCodec {
    pub(super) const fn new(decoded: MessageDescriptor) -> Self {
        Self(decoded)
    }
}

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for DynamicCodec {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(
        &mut self,
        message: DynamicMessage,
        buffer: &mut EncodeBuf<'_>,
    ) -> Result<(), Status> {
        let encoded = message.encode(buffer);
        encoded.map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for DynamicCodec {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), buffer);
        let message = message.map_err(|error| Status::invalid_argument(error.to_string()))?;
        Ok(Some(message))
    }
}

/// The JSON form of a message, as REST has it.
pub(super) fn json(message: &DynamicMessage) -> Result<Value, Status> {
    serde_json::to_value(message).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// The message of a JSON form. REST has fields, such as `kind`, that gRPC has not.
pub(super) fn message(kind: &MessageDescriptor, json: Value) -> Result<DynamicMessage, Status> {
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    DynamicMessage::deserialize_with_options(kind.clone(), json, &options)
        .map_err(|error| Status::internal(format!("{}: {error}", kind.full_name())))
}
