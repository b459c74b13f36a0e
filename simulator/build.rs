//! Generates the gRPC service from a table of its methods; the messages come
//! from a crate, so that no build needs protoc.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name: &str, route: &str, input: &str, output: &str| {
        let kind =
            |name: &str| format!("googleapis_tonic_google_pubsub_v1::google::pubsub::v1::{name}");
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(kind(input))
            .output_type(kind(output))
            .codec_path("tonic_prost::ProstCodec")
            .build()
    };
    let publisher = Service::builder()
        .name("Publisher")
        .package("google.pubsub.v1")
        .method(method(
            "publish",
            "Publish",
            "PublishRequest",
            "PublishResponse",
        ))
        .method(method("get_topic", "GetTopic", "GetTopicRequest", "Topic"))
        .build();
    Builder::new().compile(&[publisher]);
}
