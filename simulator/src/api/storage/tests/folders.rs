//! Managed folders.

use super::*;
use crate::{
    api::test_cloud::{A, B, TestCloud},
    iam::Principal,
};

const FOLDERS: &str = "/storage/v1/b/volumes/managedFolders";
const NULL: Value = Value::Null;

/// A bucket with the managed folder `a/` and an object in each of `a/`, `b/`.
fn volumes() -> TestCloud {
    let mut test_cloud = TestCloud::new();
    let storage = "roles/storage.admin";
    let project = crate::api::test_cloud::PROJECT;
    test_cloud
        .cloud
        .grant(project, storage, "user:owner@example.com", None);
    let bucket = json!({
        "name": "volumes",
        "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": true } },
    });
    test_cloud.owner("POST /storage/v1/b?project=demo-project", &bucket);
    test_cloud.owner(&format!("POST {FOLDERS}"), &json!({ "name": "a" }));
    for name in ["a/x", "a/deep/y", "ab", "b/x"] {
        let upload = format!("POST /upload/storage/v1/b/volumes/o?uploadType=media&name={name}");
        assert_eq!(test_cloud.owner(&upload, &NULL).0, 200);
    }
    test_cloud
}

fn grant(test_cloud: &mut TestCloud, folder: &str, role: &str, email: &str) {
    let member = format!("serviceAccount:{email}");
    let policy = json!({ "bindings": [{ "role": role, "members": [member] }] });
    let (status, written) = test_cloud.owner(&format!("PUT {FOLDERS}/{folder}/iam"), &policy);
    assert_eq!(status, 200, "{written}");
}

fn status(test_cloud: &mut TestCloud, email: &str, call: &str) -> u16 {
    test_cloud
        .ask(&Principal::service_account(email), call, &NULL)
        .0
}

#[test]
fn a_folder_s_policy_reaches_its_objects_and_its_listing_and_no_others() {
    let mut test_cloud = volumes();
    grant(&mut test_cloud, "a%2F", "roles/storage.objectUser", A);
    let o = "/storage/v1/b/volumes/o";
    for (call, found) in [
        (format!("GET {o}/a%2Fx"), 200),
        (format!("GET {o}/a%2Fdeep%2Fy"), 200),
        (format!("GET {o}/a%2Fnone"), 404),
        (format!("GET {o}/ab"), 403),
        (format!("GET {o}/b%2Fx"), 403),
        (format!("GET {o}/b%2Fnone"), 403),
        (format!("GET {o}?prefix=a%2F"), 200),
        (format!("GET {o}?prefix=a%2Fde"), 200),
        (format!("GET {o}?prefix=a"), 403),
        (format!("GET {o}?prefix=b%2F"), 403),
        (format!("GET {o}"), 403),
        (
            format!("POST /upload{o}?uploadType=media&name=a%2Fnew"),
            200,
        ),
        (format!("POST /upload{o}?uploadType=media&name=new"), 403),
        (format!("DELETE {o}/a%2Fnew"), 204),
        (format!("DELETE {o}/b%2Fx"), 403),
    ] {
        assert_eq!(status(&mut test_cloud, A, &call), found, "{call}");
        assert_eq!(status(&mut test_cloud, B, &call), 403, "{call}");
    }
}

#[test]
fn folders_in_folders_add_up() {
    let mut test_cloud = volumes();
    test_cloud.owner(&format!("POST {FOLDERS}"), &json!({ "name": "a/deep/" }));
    grant(&mut test_cloud, "a%2F", "roles/storage.objectViewer", A);
    grant(&mut test_cloud, "a%2Fdeep", "roles/storage.objectViewer", B);
    let deep = "GET /storage/v1/b/volumes/o/a%2Fdeep%2Fy";
    let list = "GET /storage/v1/b/volumes/o?prefix=a%2Fdeep%2F";
    for (email, call, found) in [
        (A, deep, 200),
        (A, list, 200),
        (B, deep, 200),
        (B, list, 200),
        (B, "GET /storage/v1/b/volumes/o/a%2Fx", 403),
        (B, "GET /storage/v1/b/volumes/o?prefix=a%2F", 403),
    ] {
        assert_eq!(
            status(&mut test_cloud, email, call),
            found,
            "{email} {call}"
        );
    }
}

#[test]
fn deleting_a_folder_removes_its_policy() {
    let mut test_cloud = volumes();
    let (_, made) = test_cloud.owner(&format!("POST {FOLDERS}"), &json!({ "name": "c/" }));
    assert_eq!(
        (
            &made["kind"],
            &made["id"],
            &made["name"],
            &made["metageneration"]
        ),
        (
            &json!("storage#managedFolder"),
            &json!("volumes/c/"),
            &json!("c/"),
            &json!("1")
        )
    );
    let get = format!("GET {FOLDERS}/c%2F");
    assert_eq!(test_cloud.owner(&get, &NULL), (200, made));
    assert_eq!(
        test_cloud
            .owner(&format!("POST {FOLDERS}"), &json!({ "name": "c" }))
            .0,
        409
    );
    for name in ["", "/", "a\nb"] {
        assert_eq!(
            test_cloud
                .owner(&format!("POST {FOLDERS}"), &json!({ "name": name }))
                .0,
            400
        );
    }
    let names = |answer: &Value| -> Vec<String> {
        let items = answer["items"].as_array().into_iter().flatten();
        items
            .map(|f| f["name"].as_str().expect("text").to_owned())
            .collect()
    };
    let (_, first) = test_cloud.owner(&format!("GET {FOLDERS}?pageSize=1"), &NULL);
    let token = first["nextPageToken"].as_str().expect("there is more");
    let (_, rest) = test_cloud.owner(&format!("GET {FOLDERS}?pageToken={token}"), &NULL);
    assert_eq!(
        (names(&first), names(&rest)),
        (vec!["a/".into()], vec!["c/".into()])
    );

    grant(&mut test_cloud, "a", "roles/storage.objectViewer", A);
    let (status, error) = test_cloud.owner(&format!("DELETE {FOLDERS}/a"), &NULL);
    assert_eq!(
        (status, &error["error"]["message"]),
        (
            409,
            &json!("The managed folder you tried to delete is not empty.")
        )
    );
    let read = "GET /storage/v1/b/volumes/o/a%2Fx";
    assert_eq!(self::status(&mut test_cloud, A, read), 200);
    let delete = format!("DELETE {FOLDERS}/a?allowNonEmpty=true");
    assert_eq!(self::status(&mut test_cloud, B, &delete), 403);
    assert_eq!(test_cloud.owner(&delete, &NULL).0, 204);
    assert_eq!(self::status(&mut test_cloud, A, read), 403);
    test_cloud.owner(&format!("POST {FOLDERS}"), &json!({ "name": "a" }));
    assert_eq!(
        self::status(&mut test_cloud, A, read),
        403,
        "its policy was deleted"
    );
    assert_eq!(
        test_cloud.owner(&format!("DELETE {FOLDERS}/c"), &NULL).0,
        204
    );
    assert_eq!(test_cloud.owner(&get, &NULL).0, 404);
}

#[test]
fn a_folder_needs_uniform_access() {
    let mut s = storage();
    let made = s.expect_error(
        "POST",
        "/storage/v1/b/logs/managedFolders",
        &json!({ "name": "a" }),
    );
    assert_eq!(made.0, 400);
    let gone = s.expect_error(
        "POST",
        "/storage/v1/b/none/managedFolders",
        &json!({ "name": "a" }),
    );
    assert_eq!(gone.0, 404);
    let required = s.required_permissions(
        "DELETE",
        "/storage/v1/b/logs/managedFolders/a?allowNonEmpty=true",
        &NULL,
    );
    let folder = "projects/_/buckets/logs/managedFolders/a/";
    assert_eq!(
        required,
        [
            format!("storage.managedFolders.delete {folder}"),
            format!("storage.managedFolders.setIamPolicy {folder}")
        ]
    );
}

#[test]
fn folders_without_objects_are_prefixes_where_asked_for() {
    let mut test_cloud = volumes();
    test_cloud.owner(&format!("POST {FOLDERS}"), &json!({ "name": "empty" }));
    test_cloud.owner(&format!("POST {FOLDERS}"), &json!({ "name": "a/none" }));
    let list = "GET /storage/v1/b/volumes/o?delimiter=%2F";
    for (more, prefixes, items) in [
        ("", json!(["a/", "b/"]), 1),
        (
            "&includeFoldersAsPrefixes=True",
            json!(["a/", "b/", "empty/"]),
            1,
        ),
        (
            "&includeFoldersAsPrefixes=true&prefix=a%2F",
            json!(["a/deep/", "a/none/"]),
            1,
        ),
        ("&includeFoldersAsPrefixes=true&prefix=empty%2F", NULL, 0),
    ] {
        let (status, found) = test_cloud.owner(&format!("{list}{more}"), &NULL);
        assert_eq!((status, &found["prefixes"]), (200, &prefixes), "{more}");
        assert_eq!(
            found["items"].as_array().map_or(0, Vec::len),
            items,
            "{more}: {found}"
        );
    }
}
