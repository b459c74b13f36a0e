//! The environment variables by which tools find a proxy, and the certificate
//! authority that it is trusted by. Tools differ in their names for the same thing.

/// The proxy for HTTPS, and the names that are reached without it. gRPC reads the
/// small ones only, others the large ones only.
const PROXIES: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Each family of tools has its own name for the certificate authorities: OpenSSL
/// (also Go's and Ruby's), curl, Python's requests and httplib2, Node, gRPC.
const CERTIFICATES: [&str; 7] = [
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "CURL_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "HTTPLIB2_CA_CERTS",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// The names of all these variables.
pub fn proxy_variables() -> impl Iterator<Item = &'static str> {
    PROXIES.into_iter().chain(DIRECT).chain(CERTIFICATES)
}

/// All of them, for a proxy at `url` on this machine, with the file of its
/// certificate authority.
pub fn proxy_environment(url: &str, ca: &str) -> impl Iterator<Item = (&'static str, String)> {
    let direct = DIRECT.map(|name| (name, "localhost,127.0.0.1".to_owned()));
    let proxies = PROXIES.map(|name| (name, url.to_owned()));
    let certificates = CERTIFICATES.map(|name| (name, ca.to_owned()));
    proxies.into_iter().chain(direct).chain(certificates)
}
