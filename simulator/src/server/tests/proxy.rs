//! The port as a proxy, as clients use it.

use super::{TestCloud, topic};
use serde_json::json;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

impl TestCloud {
    /// Asks the proxy for a connection; returns it with the status line.
    async fn connect(&self, authority: &str) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(self.server.addr())
            .await
            .expect("connects");
        let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("an answer"));
        }
        let head = String::from_utf8(head).expect("text");
        let status = head.lines().next().expect("a status line").to_owned();
        (stream, status)
    }

    async fn tls(&self, name: &str, protocols: &[&str]) -> TlsStream<TcpStream> {
        let (stream, status) = self.connect(&format!("{name}:443")).await;
        assert_eq!(status, "HTTP/1.1 200 OK");
        let ca = CertificateDer::from_pem_slice(self.ca_certificate.as_bytes()).expect("PEM");
        let mut roots = RootCertStore::empty();
        roots.add(ca).expect("a certificate authority");
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, stream).await.expect("TLS")
    }

    /// Sends a request to one of Google's names; returns the whole response.
    async fn ask(&self, name: &str, request_line: &str) -> String {
        let mut stream = self.tls(name, &["http/1.1"]).await;
        let token = &self.token;
        let request = format!(
            "{request_line} HTTP/1.1\r\nHost: {name}\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("text");
        response
    }
}

#[tokio::test]
async fn apis_are_served_under_googles_names() {
    let (cloud, _commands) = TestCloud::new(None).await;
    cloud.made(&format!("/v1/{}", topic()), json!({})).await;
    let found = cloud
        .ask("pubsub.googleapis.com", &format!("GET /v1/{}", topic()))
        .await;
    assert!(
        found.starts_with("HTTP/1.1 200 OK") && found.contains(&topic()),
        "{found}"
    );
    let links = cloud
        .ask(
            "compute.googleapis.com",
            "GET /compute/v1/projects/demo-project/global/networks",
        )
        .await;
    let link = "https://www.googleapis.com/compute/v1/projects/demo-project/global/networks";
    assert!(links.contains(link), "{links}");
    let h2 = cloud
        .tls("pubsub.googleapis.com", &["h2", "http/1.1"])
        .await;
    assert_eq!(h2.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    cloud.server.stop().await;
}

#[tokio::test]
async fn what_is_not_simulated_is_not_taken_for_absent() {
    let (cloud, _commands) = TestCloud::new(None).await;
    cloud.made(&format!("/v1/{}", topic()), json!({})).await;
    // Another API's name does not have the method, nor is there a BigQuery.
    for (name, path) in [
        ("iam.googleapis.com", format!("/v1/{}", topic())),
        (
            "bigquery.googleapis.com",
            "/bigquery/v2/projects".to_owned(),
        ),
    ] {
        let answer = cloud.ask(name, &format!("GET {path}")).await;
        assert!(answer.starts_with("HTTP/1.1 501"), "{answer}");
        let message = format!("the local cloud does not have GET https://{name}{path}");
        assert!(answer.contains(&message), "{answer}");
    }
}

#[tokio::test]
async fn other_names_are_refused_by_name() {
    let (cloud, _commands) = TestCloud::new(None).await;
    for authority in [
        "example.com:443",
        "storage.googleapis.com.example.com:443",
        "storage.googleapis.com:22",
        "127.0.0.1:443",
    ] {
        let (_, status) = cloud.connect(authority).await;
        let refused = format!("HTTP/1.1 403 the local cloud does not serve {authority}");
        assert_eq!(status, refused);
    }
}
