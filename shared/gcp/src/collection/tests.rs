use super::*;
use crate::methods::{
    cloudscheduler::JOBS,
    compute::{NETWORKS, SUBNETWORKS},
    firestore::INDEXES,
    iam::{ACCOUNTS, ROLES},
    kms::{KEYS, RINGS},
    pubsub::TOPICS,
    resourcemanager::{FOLDERS as RESOURCE_FOLDERS, PROJECTS},
    storage::{BUCKETS, FOLDERS},
};

const ACCOUNT: &str = "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com";

#[test]
fn a_new_id_is_where_the_collection_says() {
    let fields = || json!({ "title": "t" });
    let in_body = json!({ "title": "t", "name": "x" });
    // (collection, path) => path of the request, query, body
    for (collection, path, sent_to, query, body) in [
        (
            &RINGS,
            "projects/p/locations/l/keyRings/r",
            "/v1/projects/p/locations/l/keyRings",
            Some(("keyRingId", "r")),
            fields(),
        ),
        (
            &TOPICS,
            "projects/p/topics/t",
            "/v1/projects/p/topics/t",
            None,
            fields(),
        ),
        (
            &NETWORKS,
            "projects/p/global/networks/x",
            "/compute/v1/projects/p/global/networks",
            None,
            in_body.clone(),
        ),
        (&BUCKETS, "b/x", "/storage/v1/b", None, in_body),
        (
            &JOBS,
            "projects/p/locations/l/jobs/j",
            "/v1/projects/p/locations/l/jobs",
            None,
            json!({ "title": "t", "name": "projects/p/locations/l/jobs/j" }),
        ),
        (
            &INDEXES,
            "projects/p/databases/d/collectionGroups/c/indexes/i",
            "/v1/projects/p/databases/d/collectionGroups/c/indexes",
            None,
            fields(),
        ),
        (
            &FOLDERS,
            "b/x/managedFolders/volumes/managedFolders/",
            "/storage/v1/b/x/managedFolders",
            None,
            json!({ "title": "t", "name": "volumes/managedFolders/" }),
        ),
        (
            &ACCOUNTS,
            ACCOUNT,
            "/v1/projects/p/serviceAccounts",
            None,
            json!({ "accountId": "a", "serviceAccount": fields() }),
        ),
    ] {
        let request = collection.create(path, fields());
        assert_eq!(request.filled_path(), sent_to);
        let found = query.map(|(name, _)| request.query_value(name));
        assert_eq!(found.flatten(), query.map(|(_, value)| value), "{path}");
        assert_eq!(*request.body_json(), body, "{path}");
    }
}

#[test]
fn a_mask_has_all_fields_and_the_body_those_that_are_set() {
    let fields = || json!({ "description": "d", "title": null });
    let set = json!({ "description": "d" });
    let role = ROLES.patch("projects/p/roles/r", fields());
    assert_eq!(role.query_value("updateMask"), Some("description,title"));
    assert_eq!(*role.body_json(), set);
    let account = ACCOUNTS.patch(ACCOUNT, fields());
    assert_eq!(account.query_value("updateMask"), None);
    let wrapped = json!({ "serviceAccount": set, "updateMask": "description,title" });
    assert_eq!(*account.body_json(), wrapped);
    let topic = TOPICS.patch("projects/p/topics/t", json!({ "labels": {} }));
    let wrapped = json!({ "topic": { "labels": {} }, "updateMask": "labels" });
    assert_eq!(*topic.body_json(), wrapped);
    // Cloud Storage changes what the body has.
    assert_eq!(*BUCKETS.patch("b/x", fields()).body_json(), set);
    assert!(ROLES.has_mask() && TOPICS.has_mask() && !BUCKETS.has_mask());
}

#[test]
fn permissions_are_checked_where_iam_checks_them() {
    let resource = |request: Request| {
        let required = request.required();
        required.last().expect("it requires one").resource.clone()
    };
    let empty = || json!({});
    let key = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
    let folder = "b/x/managedFolders/volumes/data/";
    let subnetwork = "projects/p/regions/r/subnetworks/s";
    let project = "//cloudresourcemanager.googleapis.com/projects/p";
    for (request, expected) in [
        (KEYS.get(key), format!("//cloudkms.googleapis.com/{key}")),
        (
            KEYS.create(key, empty()),
            "//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r".to_owned(),
        ),
        (TOPICS.list("projects/p"), project.to_owned()),
        (
            TOPICS.create("projects/p/topics/t", empty()),
            project.to_owned(),
        ),
        (ROLES.get("projects/p/roles/r"), project.to_owned()),
        (PROJECTS.get_policy("projects/p"), project.to_owned()),
        (BUCKETS.list("projects/p"), project.to_owned()),
        (
            RESOURCE_FOLDERS.get_policy("folders/1"),
            "//cloudresourcemanager.googleapis.com/folders/1".to_owned(),
        ),
        (
            SUBNETWORKS.create(subnetwork, empty()),
            format!("//compute.googleapis.com/{subnetwork}"),
        ),
        (
            BUCKETS.get_policy("b/x"),
            "//storage.googleapis.com/projects/_/buckets/x".to_owned(),
        ),
        (
            FOLDERS.create(folder, empty()),
            format!(
                "//storage.googleapis.com/projects/_/buckets/{}",
                &folder[2..]
            ),
        ),
        (
            ACCOUNTS.delete(ACCOUNT),
            "//iam.googleapis.com/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com"
                .to_owned(),
        ),
    ] {
        assert_eq!(resource(request.clone()), expected, "{request:?}");
    }
}
