//! Signed URLs.

use super::*;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};

const DATE: &str = "20270115T080000Z";

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Proxied {
    /// With an account that may sign as itself.
    fn with_signer() -> Self {
        let mut x = Self::new();
        let kind = [("content-type", "application/json")];
        let owner = Principal::user("me@example.com");
        let project = "//cloudresourcemanager.googleapis.com/projects/demo-project";
        x.cloud.grant(project, "roles/owner", owner.as_str(), None);
        let creator = "roles/iam.serviceAccountTokenCreator";
        x.cloud.grant(project, creator, owner.as_str(), None);
        let accounts = "https://iam.googleapis.com/v1/projects/demo-project/serviceAccounts";
        let made = x.admin("POST", accounts, &kind, br#"{"accountId":"signer"}"#);
        assert_eq!(made.status().as_u16(), 200, "{}", text(&made));
        x
    }

    /// The signature of the account, by IAM Credentials.
    fn sign(&mut self, message: &str) -> String {
        let url = format!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ACCOUNT}:signBlob"
        );
        let body = json!({ "payload": BASE64_STANDARD.encode(message) }).to_string();
        let kind = [("content-type", "application/json")];
        let signed = self.admin("POST", &url, &kind, body.as_bytes());
        let signed: Value = serde_json::from_slice(signed.body()).expect("JSON");
        let blob = signed["signedBlob"]
            .as_str()
            .unwrap_or_else(|| panic!("{signed}"));
        hexadecimal(&BASE64_STANDARD.decode(blob).expect("base64"))
    }

    /// A URL signed as Google's documentation says it, valid for a minute.
    /// `headers` are sorted, and signed besides the host.
    fn signed_url(
        &mut self,
        verb: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> String {
        let scope = "20270115/auto/storage/goog4_request";
        let credential = format!("{ACCOUNT}/{scope}")
            .replace('/', "%2F")
            .replace('@', "%40");
        let all: Vec<(&str, &str)> = headers.iter().copied().chain([("host", host)]).collect();
        let mut all = all;
        all.sort_unstable();
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let query = format!(
            "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential={credential}&X-Goog-Date={DATE}\
             &X-Goog-Expires=60&X-Goog-SignedHeaders={}",
            names.join("%3B")
        );
        let lines: String = all
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let names = names.join(";");
        let canonical = format!("{verb}\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD");
        let digest = hexadecimal(digest(&SHA256, canonical.as_bytes()).as_ref());
        let signature = self.sign(&format!("GOOG4-RSA-SHA256\n{DATE}\n{scope}\n{digest}"));
        format!("https://{host}{path}?{query}&X-Goog-Signature={signature}")
    }
}

const HOST: &str = "storage.googleapis.com";

#[test]
fn a_signed_url_has_the_permissions_of_its_signer() {
    let mut x = Proxied::with_signer();
    x.admin("PUT", OBJECT, &[], b"hello");
    let get = x.signed_url("GET", HOST, "/logs/a", &[]);
    let hosted = x.signed_url("GET", "logs.storage.googleapis.com", "/a", &[]);
    let refusals = x.send("GET", &get, &[], b"");
    assert_eq!(refusal(&refusals), refused(403, "AccessDenied"));
    let message = format!("{ACCOUNT} does not have storage.objects.get access");
    assert!(text(&refusals).contains(&message), "{}", text(&refusals));
    let signer = Principal::service_account(ACCOUNT);
    grant(&mut x.cloud, "roles/storage.objectAdmin", signer.as_str());
    for url in [&get, &hosted] {
        assert_eq!(text(&x.send("GET", url, &[], b"")), "hello");
    }
    let part = x.send("GET", &get, &[("range", "bytes=0-1")], b"");
    assert_eq!((part.status().as_u16(), text(&part)), (206, "he"));

    let put = x.signed_url("PUT", HOST, "/logs/new", &[("content-type", "text/css")]);
    let sent = x.send("PUT", &put, &[("content-type", "text/css")], b"new");
    assert_eq!(sent.status().as_u16(), 200, "{}", text(&sent));
    let head = x.signed_url("HEAD", HOST, "/logs/new", &[]);
    let head = x.send("HEAD", &head, &[], b"");
    assert_eq!(header(&head, "content-type"), "text/css");
    let delete = x.signed_url("DELETE", HOST, "/logs/new", &[]);
    assert_eq!(x.send("DELETE", &delete, &[], b"").status().as_u16(), 204);
}

#[test]
fn a_resumable_upload_begins_with_a_signed_url() {
    for (host, path) in [(HOST, "/logs/a"), ("logs.storage.googleapis.com", "/a")] {
        let mut x = Proxied::with_signer();
        let signer = Principal::service_account(ACCOUNT);
        grant(&mut x.cloud, "roles/storage.objectAdmin", signer.as_str());
        let headers = [("x-goog-resumable", "start")];
        let start = x.signed_url("POST", host, path, &headers);
        let begun = x.send("POST", &start, &headers, b"");
        assert_eq!(begun.status().as_u16(), 201, "{}", text(&begun));
        let session = header(&begun, "location").to_owned();
        assert!(session.starts_with(&format!("https://{host}{path}?upload_id=")));
        let first = x.send("PUT", &session, &[("content-range", "bytes 0-2/*")], b"abc");
        assert_eq!(
            (first.status().as_u16(), header(&first, "range")),
            (308, "bytes=0-2")
        );
        let last = x.send("PUT", &session, &[("content-range", "bytes 3-4/5")], b"de");
        assert_eq!(last.status().as_u16(), 200);
        assert_eq!(text(&x.admin("GET", OBJECT, &[], b"")), "abcde");
        let unknown = format!("https://{host}{path}?upload_id=none");
        assert_eq!(
            refusal(&x.send("PUT", &unknown, &[], b"")),
            refused(404, "NoSuchUpload")
        );
    }
}

#[test]
fn a_url_that_is_not_as_signed_is_refused() {
    let mut x = Proxied::with_signer();
    let signer = Principal::service_account(ACCOUNT);
    grant(&mut x.cloud, "roles/storage.objectAdmin", signer.as_str());
    x.admin("PUT", OBJECT, &[], b"1");
    x.admin("PUT", "https://storage.googleapis.com/logs/b", &[], b"2");
    let get = x.signed_url("GET", HOST, "/logs/a", &[]);
    assert_eq!(x.send("GET", &get, &[], b"").status().as_u16(), 200);
    let mismatch = refused(403, "SignatureDoesNotMatch");
    let invalid = refused(400, "InvalidArgument");
    for (verb, url, expected) in [
        ("DELETE", get.clone(), &mismatch),
        ("GET", get.replace("/logs/a", "/logs/b"), &mismatch),
        ("GET", get.replace("Expires=60", "Expires=61"), &mismatch),
        ("GET", format!("{get}&generation=1"), &mismatch),
        ("GET", get.replace("signer%40", "other%40"), &mismatch),
        ("GET", format!("{}0", &get[..get.len() - 1]), &mismatch),
        ("GET", get.replace("Expires=60", "Expires=604801"), &invalid),
        ("GET", get.replace("RSA", "HMAC"), &invalid),
        (
            "GET",
            get.replace("goog4_request", "aws4_request"),
            &invalid,
        ),
        ("GET", get.replace("X-Goog-Date", "X-Goog-Dat"), &invalid),
    ] {
        // The last digit may have been the same.
        if url != get || verb != "GET" {
            assert_eq!(
                refusal(&x.send(verb, &url, &[], b"")),
                *expected,
                "{verb} {url}"
            );
        }
    }
    let tampered = x.send("DELETE", &get, &[], b"");
    assert!(text(&tampered).contains("<StringToSign>GOOG4-RSA-SHA256\n20270115T080000Z\n"));
    assert!(text(&tampered).contains("<CanonicalRequest>DELETE\n/logs/a\nX-Goog-Algorithm="));

    let put = x.signed_url("PUT", HOST, "/logs/a", &[("content-type", "text/css")]);
    let missing = x.send("PUT", &put, &[], b"2");
    assert_eq!(refusal(&missing), refused(400, "MalformedSecurityHeader"));
    assert!(text(&missing).contains("<ParameterName>content-type</ParameterName>"));
    let other = x.send("PUT", &put, &[("content-type", "text/html")], b"2");
    assert_eq!(refusal(&other), mismatch);

    let begun = x.now;
    x.now = begun + names::Duration::from_secs(61);
    let expired = x.send("GET", &get, &[], b"");
    assert_eq!(refusal(&expired), refused(400, "ExpiredToken"));
    assert!(text(&expired).contains("Request signature expired at: 2027-01-15T08:01:00+00:00"));
    x.now = begun - names::Duration::from_secs(3600);
    assert_eq!(refusal(&x.send("GET", &get, &[], b"")), invalid);
    x.now = begun;
    let disable = format!(
        "https://iam.googleapis.com/v1/projects/demo-project/serviceAccounts/{ACCOUNT}:disable"
    );
    assert_eq!(x.admin("POST", &disable, &[], b"").status().as_u16(), 200);
    assert_eq!(refusal(&x.send("GET", &get, &[], b"")), mismatch);
}
