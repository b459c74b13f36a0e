//! Keys of service accounts, and what is signed with them.

use crate::{
    Cloud, CloudResponse,
    api::test_cloud::{A, B, TestCloud},
    iam::{Principal, Signer},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Request;
use names::Timestamp;
use serde_json::{Value, json};

const NULL: Value = Value::Null;

fn keys(account: &str) -> String {
    format!("/v1/projects/-/serviceAccounts/{account}/keys")
}

/// Name and credentials file of a new key of account A.
fn create(world: &mut TestCloud) -> (String, Value) {
    let request = json!({
        "keyAlgorithm": "KEY_ALG_RSA_2048", "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE",
    });
    let (status, mut made) = world.owner(&format!("POST {}", keys(A)), &request);
    assert_eq!(status, 200, "{made}");
    let data = BASE64_STANDARD.decode(made["privateKeyData"].as_str().expect("a file"));
    let file = serde_json::from_slice(&data.expect("base64")).expect("JSON");
    made["privateKeyData"] = "".into();
    let name = made["name"].as_str().expect("a name").to_owned();
    // As recorded.
    assert_eq!(
        made,
        json!({
            "keyAlgorithm": "KEY_ALG_RSA_2048",
            "keyOrigin": "GOOGLE_PROVIDED",
            "keyType": "USER_MANAGED",
            "name": name,
            "privateKeyData": "",
            "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE",
            "validAfterTime": world.now,
            "validBeforeTime": "9999-12-31T23:59:59Z",
        })
    );
    (name, file)
}

fn signer(file: &Value) -> Signer {
    let pem = file["private_key"].as_str().expect("a private key");
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = BASE64_STANDARD.decode(lines.collect::<String>());
    Signer::from_pkcs8(&der.expect("base64")).expect("an RSA key")
}

/// The claims of an assertion of account A for the token endpoint.
fn claims(now: Timestamp) -> Value {
    let now = now.as_seconds();
    json!({
        "iss": A, "iat": now, "exp": now + 3600,
        "aud": "https://oauth2.googleapis.com/token",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
    })
}

fn exchange(world: &mut TestCloud, assertion: &str) -> (u16, Value) {
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
    );
    let request = Request::post("/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .expect("a request");
    let (now, origin) = (world.now, "https://oauth2.googleapis.com");
    let CloudResponse::Ready(response, _) = world.cloud.handle(&request, origin, now, now) else {
        panic!("no answer");
    };
    let body = serde_json::from_slice(response.body()).expect("JSON");
    (response.status().as_u16(), body)
}

#[test]
fn a_key_is_created_read_disabled_and_deleted_as_recorded() {
    let mut world = TestCloud::new();
    let (name, file) = create(&mut world);
    let one = format!("/v1/{name}");
    assert_eq!(
        (&file["type"], &file["client_email"], &file["project_id"]),
        (&json!("service_account"), &json!(A), &json!("demo-project"))
    );
    let id = file["private_key_id"].as_str().expect("an ID");
    assert_eq!(
        name,
        format!("projects/demo-project/serviceAccounts/{A}/keys/{id}")
    );
    let (status, got) = world.owner(&format!("GET {one}"), &NULL);
    assert_eq!((status, got.get("privateKeyData")), (200, None));
    for (form, label) in [
        ("TYPE_X509_PEM_FILE", "CERTIFICATE"),
        ("TYPE_RAW_PUBLIC_KEY", "PUBLIC KEY"),
    ] {
        let (_, got) = world.owner(&format!("GET {one}?publicKeyType={form}"), &NULL);
        let data = BASE64_STANDARD.decode(got["publicKeyData"].as_str().expect("a key"));
        let begin = format!("-----BEGIN {label}-----\n");
        assert!(data.expect("base64").starts_with(begin.as_bytes()), "{got}");
    }
    let types = |world: &mut TestCloud, query: &str| -> Vec<Value> {
        let (_, list) = world.owner(&format!("GET {}{query}", keys(A)), &NULL);
        let keys = list["keys"].as_array().expect("a list").iter();
        keys.map(|key| key["keyType"].clone()).collect()
    };
    assert_eq!(types(&mut world, ""), ["USER_MANAGED", "SYSTEM_MANAGED"]);
    for kind in ["USER_MANAGED", "SYSTEM_MANAGED"] {
        assert_eq!(types(&mut world, &format!("?keyTypes={kind}")), [kind]);
    }
    let (_, list) = world.owner(&format!("GET {}?keyTypes=SYSTEM_MANAGED", keys(A)), &NULL);
    let system = list["keys"][0]["name"].as_str().expect("a name");
    let got = world.owner(&format!("GET /v1/{system}"), &NULL);
    assert_eq!(got, (200, list["keys"][0].clone()));
    for (verb, disabled) in [("disable", json!(true)), ("enable", NULL)] {
        let done = world.owner(&format!("POST {one}:{verb}"), &json!({}));
        assert_eq!(done, (200, json!({})));
        let (_, got) = world.owner(&format!("GET {one}"), &NULL);
        assert_eq!(got["disabled"], disabled);
    }
    let delete = format!("DELETE {one}");
    assert_eq!(world.owner(&delete, &NULL), (200, json!({})));
    assert_eq!(world.owner(&delete, &NULL).0, 404);
    assert_eq!(world.owner(&format!("GET {one}"), &NULL).0, 404);
    let nobody = format!(
        "POST {}",
        keys("nobody@demo-project.iam.gserviceaccount.com")
    );
    assert_eq!(world.owner(&nobody, &json!({})).0, 404);
}

#[test]
fn permissions_are_those_of_keys_on_the_account() {
    let mut world = TestCloud::new();
    let (name, _) = create(&mut world);
    let caller = Principal::service_account(B);
    let calls = [
        (format!("POST {}", keys(A)), "create"),
        (format!("POST {}:upload", keys(A)), "create"),
        (format!("GET {}", keys(A)), "list"),
        (format!("GET /v1/{name}"), "get"),
        (format!("POST /v1/{name}:disable"), "disable"),
        (format!("POST /v1/{name}:enable"), "enable"),
        (format!("DELETE /v1/{name}"), "delete"),
    ];
    for (call, verb) in &calls {
        let (status, refused) = world.ask(&caller, call, &json!({}));
        let metadata = &refused["error"]["details"][0]["metadata"];
        let permission = format!("iam.serviceAccountKeys.{verb}");
        assert_eq!(
            (status, &metadata["permission"]),
            (403, &json!(permission)),
            "{call}"
        );
    }
    let role = "projects/demo-project/roles/lister";
    world.cloud.add_role(role, &["iam.serviceAccountKeys.list"]);
    let account = format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{A}");
    world.cloud.grant(&account, role, caller.as_str(), None);
    assert_eq!(world.ask(&caller, &calls[2].0, &NULL).0, 200);
    let other = format!("GET {}", keys(B));
    assert_eq!(world.ask(&caller, &other, &NULL).0, 403);
}

#[test]
fn an_account_has_ten_keys_at_most_and_takes_them_with_it() {
    let mut world = TestCloud::new();
    for _ in 0..10 {
        create(&mut world);
    }
    let (status, refused) = world.owner(&format!("POST {}", keys(A)), &json!({}));
    assert_eq!(
        (status, &refused["error"]["message"]),
        (400, &json!("Precondition check failed."))
    );
    let account = format!("/v1/projects/-/serviceAccounts/{A}");
    assert_eq!(world.owner(&format!("DELETE {account}"), &NULL).0, 200);
    world.cloud.add_account("demo-project", "agent-a");
    let (_, list) = world.owner(&format!("GET {}", keys(A)), &NULL);
    assert_eq!(list["keys"].as_array().map(Vec::len), Some(1), "{list}");
}

#[test]
fn a_certificate_is_uploaded_whose_key_then_signs() {
    let mut world = TestCloud::new();
    let signer = Signer::generate();
    let private = signer.to_pkcs8().expect("PKCS #8");
    let der = crate::iam::self_signed(&private, "mine", world.now).expect("a certificate");
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        BASE64_STANDARD.encode(&der)
    );
    let upload = format!("POST {}:upload", keys(A));
    let body = json!({ "publicKeyData": BASE64_STANDARD.encode(pem) });
    let (status, key) = world.owner(&upload, &body);
    assert_eq!(
        (status, &key["keyOrigin"], key.get("privateKeyData")),
        (200, &json!("USER_PROVIDED"), None)
    );
    assert_eq!(world.owner(&upload, &body).0, 409);
    for bad in ["", "eA=="] {
        assert_eq!(
            world.owner(&upload, &json!({ "publicKeyData": bad })).0,
            400
        );
    }
    let assertion = signer.sign(&claims(world.now));
    assert_eq!(exchange(&mut world, &assertion).0, 200);
}

#[test]
fn an_assertion_gives_tokens_of_its_account() {
    let mut world = TestCloud::new();
    let (name, file) = create(&mut world);
    let signer = signer(&file);
    let assertion = signer.sign(&claims(world.now));
    let (status, issued) = exchange(&mut world, &assertion);
    assert_eq!(status, 200, "{issued}");
    let header = format!(
        "Bearer {}",
        issued["access_token"].as_str().expect("a token")
    );
    let who = world.cloud.iam.authenticate(header.as_bytes(), world.now);
    assert_eq!(who, Ok(Principal::service_account(A)));

    let mut target = claims(world.now);
    target["target_audience"] = "https://example.com".into();
    let (status, issued) = exchange(&mut world, &signer.sign(&target));
    assert!(status == 200 && issued["id_token"].is_string(), "{issued}");

    let now = world.now.as_seconds();
    let other = "invalid_grant";
    for (claim, value, error, description) in [
        (
            "aud",
            json!("https://pubsub.googleapis.com/"),
            other,
            "Failed audience check.",
        ),
        (
            "exp",
            json!(now + 3601),
            other,
            "short-lived token (60 minutes)",
        ),
        (
            "exp",
            json!(now - 301),
            other,
            "short-lived token (60 minutes)",
        ),
        (
            "iat",
            json!(now + 301),
            other,
            "short-lived token (60 minutes)",
        ),
        ("iat", NULL, other, "short-lived token (60 minutes)"),
        ("iss", json!(B), other, "Invalid JWT Signature."),
        (
            "iss",
            json!("nobody@example.com"),
            other,
            "account not found",
        ),
        (
            "sub",
            json!("user@example.com"),
            "unauthorized_client",
            "Client is unauthorized",
        ),
        (
            "scope",
            NULL,
            "invalid_scope",
            "Invalid OAuth scope or ID token audience provided.",
        ),
    ] {
        let mut claims = claims(world.now);
        claims[claim] = value;
        let (_, refused) = exchange(&mut world, &signer.sign(&claims));
        let text = refused["error_description"].as_str().unwrap_or_default();
        assert_eq!(refused["error"], error, "{claim}");
        assert!(text.contains(description), "{claim}: {refused}");
    }
    // Within the clocks' difference.
    let mut early = claims(world.now);
    early["iat"] = (now + 299).into();
    assert_eq!(exchange(&mut world, &signer.sign(&early)).0, 200);
    for bad in ["", "a.b.c"] {
        assert_eq!(exchange(&mut world, bad).1["error"], "invalid_grant");
    }
    let assertion = signer.sign(&claims(world.now));
    let one = format!("/v1/{name}");
    for (verb, status) in [("disable", 400), ("enable", 200)] {
        world.owner(&format!("POST {one}:{verb}"), &json!({}));
        assert_eq!(exchange(&mut world, &assertion).0, status, "{verb}");
    }
    let account = format!("/v1/projects/-/serviceAccounts/{A}");
    world.owner(&format!("POST {account}:disable"), &json!({}));
    assert_eq!(
        exchange(&mut world, &assertion).1["error"],
        "disabled_client"
    );
    world.owner(&format!("POST {account}:enable"), &json!({}));
    world.owner(&format!("DELETE {one}"), &NULL);
    let (_, refused) = exchange(&mut world, &assertion);
    assert_eq!(refused["error_description"], "Invalid JWT Signature.");
}

#[test]
fn an_account_signs_its_own_access_tokens() {
    let mut world = TestCloud::new();
    let (name, file) = create(&mut world);
    let signer = signer(&file);
    let project = "//cloudresourcemanager.googleapis.com/projects/demo-project";
    let member = format!("serviceAccount:{A}");
    world
        .cloud
        .grant(project, "roles/pubsub.viewer", &member, None);
    let list = "GET /v1/projects/demo-project/topics";
    let now = world.now.as_seconds();
    let valid = json!({
        "iss": A, "sub": A, "iat": now, "exp": now + 3600, "aud": "https://pubsub.googleapis.com/",
    });
    assert_eq!(world.ask_with(&signer.sign(&valid), list, &NULL).0, 200);
    for (claim, value, status) in [
        (
            "scope",
            json!("https://www.googleapis.com/auth/pubsub"),
            200,
        ),
        (
            "aud",
            json!("https://pubsub.googleapis.com/google.pubsub.v1.Publisher"),
            200,
        ),
        ("aud", json!("https://storage.googleapis.com/"), 401),
        (
            "aud",
            json!("https://pubsub.googleapis.com.example.com/"),
            401,
        ),
        ("aud", NULL, 401),
        ("sub", json!(B), 401),
        ("exp", json!(now + 3601), 401),
        ("exp", json!(now - 301), 401),
    ] {
        let mut claims = valid.clone();
        claims[claim] = value;
        let (found, answer) = world.ask_with(&signer.sign(&claims), list, &NULL);
        assert_eq!(found, status, "{claim}: {answer}");
    }
    // Instead of an audience.
    let mut scoped = valid.clone();
    scoped["scope"] = "https://www.googleapis.com/auth/cloud-platform".into();
    scoped["aud"] = NULL;
    assert_eq!(world.ask_with(&signer.sign(&scoped), list, &NULL).0, 200);
    let foreign = Signer::generate().sign(&valid);
    assert_eq!(world.ask_with(&foreign, list, &NULL).0, 401);
    let account = format!("/v1/projects/-/serviceAccounts/{A}");
    world.owner(&format!("POST {account}:disable"), &json!({}));
    let (status, refused) = world.ask_with(&signer.sign(&valid), list, &NULL);
    assert_eq!(
        (status, &refused["error"]["details"][0]["reason"]),
        (401, &json!("ACCOUNT_STATE_INVALID"))
    );
    world.owner(&format!("POST {account}:enable"), &json!({}));
    world.owner(&format!("POST /v1/{name}:disable"), &json!({}));
    assert_eq!(world.ask_with(&signer.sign(&valid), list, &NULL).0, 401);
}

#[test]
fn private_keys_are_not_stored() {
    let mut world = TestCloud::new();
    let (_, file) = create(&mut world);
    let private = signer(&file).to_pkcs8().expect("PKCS #8");
    // Some bytes in the middle, at each alignment of base64.
    let parts = (0..3).map(|at| BASE64_STANDARD.encode(&private[600 + at..630 + at]));
    let parts: Vec<String> = parts.collect();
    let text = |cloud: &mut Cloud| -> String {
        let tables = cloud.tables().into_iter();
        tables
            .map(|table| format!("{:?}", table.take_changes()))
            .collect()
    };
    let stored = text(&mut world.cloud);
    assert!(stored.contains("certificate"), "{stored}");
    assert!(parts.iter().all(|part| !stored.contains(part.as_str())));
}
