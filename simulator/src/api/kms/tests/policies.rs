//! Permissions on keys.

use super::*;
use crate::iam::{Principal, Resource};

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";

#[test]
fn each_method_requires_its_permissions() {
    let k = kms();
    let null = json!(null);
    let ring = "projects/demo-project/locations/global/keyRings/jobs";
    let key = format!("{ring}/cryptoKeys/ssh");
    let by_number = KEY.replace("demo-project", "42");
    for (verb, uri, permissions, on) in [
        (
            "POST",
            RINGS,
            &["keyRings.create"][..],
            &ring[..ring.len() - 14],
        ),
        ("GET", RING, &["keyRings.get"], ring),
        ("POST", KEYS, &["cryptoKeys.create"], ring),
        ("PATCH", KEY, &["cryptoKeys.get", "cryptoKeys.update"], &key),
        (
            "POST",
            &format!("{KEY}:encrypt"),
            &["cryptoKeyVersions.useToEncrypt"],
            &key,
        ),
        (
            "POST",
            &format!("{by_number}:decrypt"),
            &["cryptoKeyVersions.useToDecrypt"],
            &key,
        ),
        (
            "GET",
            &format!("{KEY}:getIamPolicy"),
            &["cryptoKeys.getIamPolicy"],
            &key,
        ),
        ("POST", &format!("{KEY}:testIamPermissions"), &[], ""),
        ("POST", VERSION, &["cryptoKeyVersions.create"], &key),
    ] {
        let wanted: Vec<String> = permissions
            .iter()
            .map(|p| format!("cloudkms.{p} {on}"))
            .collect();
        assert_eq!(
            k.required_permissions(verb, uri, &null),
            wanted,
            "{verb} {uri}"
        );
    }
    let version = format!("{VERSION}/1");
    for (verb, uri, permission) in [
        ("POST", format!("{version}:destroy"), "destroy"),
        ("POST", format!("{version}:restore"), "restore"),
        ("DELETE", version.clone(), "delete"),
    ] {
        let wanted = format!("cloudkms.cryptoKeyVersions.{permission} {key}/cryptoKeyVersions/1");
        assert_eq!(k.required_permissions(verb, &uri, &null), [wanted]);
    }
}

#[test]
fn a_role_on_ring_or_project_reaches_the_key_and_not_its_neighbour() {
    let who = Principal::user("ann@example.com");
    let ring = "//cloudkms.googleapis.com/projects/demo-project/locations/global/keyRings/jobs";
    let role = "roles/cloudkms.cryptoKeyDecrypter";
    for (on, ssh, other, elsewhere) in [
        (format!("{ring}/cryptoKeys/ssh"), true, false, false),
        (ring.to_owned(), true, true, false),
        (PROJECT.to_owned(), true, true, true),
    ] {
        let mut k = kms();
        k.cloud.grant(&on, role, who.as_str(), None);
        for (key, holds) in [
            ("jobs/cryptoKeys/ssh", ssh),
            ("jobs/cryptoKeys/other", other),
            ("jobs2/cryptoKeys/ssh", elsewhere),
        ] {
            let name = format!("projects/42/locations/global/keyRings/{key}");
            let key = Resource::new("cloudkms.googleapis.com", "CryptoKey", name);
            let may = |p| k.cloud.allows(&who, p, &key, k.now);
            assert_eq!(
                may("cloudkms.cryptoKeyVersions.useToDecrypt"),
                holds,
                "{on} {key:?}"
            );
            assert!(!may("cloudkms.cryptoKeyVersions.useToEncrypt"));
        }
    }
}

#[test]
fn a_policy_is_written_on_the_key_and_goes_with_it() {
    let mut k = kms();
    let role = "roles/cloudkms.cryptoKeyDecrypter";
    let bindings = json!([{ "role": role, "members": ["user:ann@example.com"] }]);
    let read = format!("{KEY}:getIamPolicy?options.requestedPolicyVersion=3");
    assert_eq!(
        k.expect_ok("GET", &read, &json!(null)),
        json!({ "etag": "ACAB" })
    );
    let body = json!({ "policy": { "version": 3, "etag": "ACAB", "bindings": bindings } });
    let written = k.expect_ok("POST", &format!("{KEY}:setIamPolicy"), &body);
    assert_eq!(written["bindings"], bindings);
    assert_eq!(k.expect_ok("GET", &read, &json!(null)), written);
    assert_eq!(
        k.expect_error("POST", &format!("{KEY}:setIamPolicy"), &body)
            .0,
        409
    );
    let decrypt = "cloudkms.cryptoKeyVersions.useToDecrypt";
    let requested = json!({ "permissions": [decrypt, "cloudkms.cryptoKeys.get"] });
    let test = format!("{KEY}:testIamPermissions");
    assert_eq!(
        k.expect_ok("POST", &test, &requested),
        json!({ "permissions": [decrypt] })
    );
    let absent = format!("{KEYS}/none:testIamPermissions");
    assert_eq!(k.expect_ok("POST", &absent, &requested), json!({}));
    assert_eq!(
        k.expect_error("GET", &format!("{KEYS}/none:getIamPolicy"), &json!(null))
            .0,
        404
    );

    k.expect_ok("POST", &format!("{VERSION}/1:destroy"), &json!({}));
    days(&mut k, 30);
    k.expect_ok("DELETE", &format!("{VERSION}/1"), &json!(null));
    k.expect_ok("DELETE", KEY, &json!(null));
    assert_eq!(k.expect_ok("POST", &test, &requested), json!({}));
}
