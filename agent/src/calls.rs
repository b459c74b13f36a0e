//! What an agent calls.

use gcp::{
    Message, Method, Request,
    methods::{kms, pubsub::publish_request, storage},
};
use names::{Attempt, BucketName, CryptoKeyName, JobObjects, TopicName};

/// A sample of every request that an agent makes with its machine's account.
/// `key` decrypts the SSH key, if the deployment has one.
///
/// # Panics
/// Never: the sample's job ID is valid.
#[must_use]
pub fn calls(
    bucket: &BucketName,
    reports: &TopicName,
    key: Option<&CryptoKeyName>,
) -> Vec<Request> {
    let objects = JobObjects::new(&"sample".parse().expect("a valid id"), None);
    let on = |method: &'static Method| Request::new(method).path("bucket", bucket);
    let mut calls = vec![
        on(&storage::OBJECTS_INSERT)
            .query("name", objects.claim(Attempt::FIRST))
            .query("ifGenerationMatch", 0),
        on(&storage::OBJECTS_GET_MEDIA).path("object", objects.exit_record(Attempt::FIRST)),
        publish_request(reports, &Message::default()),
    ];
    if let Some(key) = key {
        calls.push(on(&storage::OBJECTS_GET_MEDIA).path("object", names::ssh_key_object()));
        calls.push(Request::new(&kms::KEYS_DECRYPT).path("name", key));
    }
    calls
}
