//! Generates the gRPC service from a table of its methods (the messages come
//! from a crate, so that no build needs protoc), and the list of the files in
//! `data/discovery`.

use std::{env, fmt::Write, fs, io, path::Path};
use tonic_build::manual::{Builder, Method, Service};

fn main() -> io::Result<()> {
    grpc();
    documents()
}

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo says where to write in a variable"
)]
fn documents() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/discovery");
    println!("cargo:rerun-if-changed={}", folder.display());
    let files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        writeln!(
            list,
            "({name:?}, include_str!({:?})),",
            file.display().to_string()
        )
        .expect("writing to a string");
    }
    list.push_str("]\n");
    fs::write(
        Path::new(&env::var("OUT_DIR").expect("set by Cargo")).join("documents.rs"),
        list,
    )
}

fn grpc() {
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
