//! What Google's messages and methods look like.

use prost_reflect::{DescriptorPool, ExtensionDescriptor, MessageDescriptor, MethodDescriptor};
use std::sync::LazyLock;

/// Made by `simulator/data/descriptors.sh`.
static DESCRIPTORS: &[u8] = include_bytes!("../../../data/descriptors.binpb");

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the descriptors are valid"));

/// The method of a path, `/google.pubsub.v1.Publisher/Publish`.
pub(super) fn method(path: &str) -> Option<MethodDescriptor> {
    let (service, name) = path.strip_prefix('/')?.split_once('/')?;
    let service = POOL.get_service_by_name(service)?;
    service.methods().find(|method| method.name() == name)
}

/// The message of that name.
pub(super) fn message(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(name)
}

/// The option of a method that says its HTTP rule.
pub(super) fn http_rule() -> ExtensionDescriptor {
    let extension = POOL.get_extension_by_name("google.api.http");
    extension.expect("the descriptors include google/api/annotations.proto")
}
