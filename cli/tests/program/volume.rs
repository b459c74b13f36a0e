//! `groundcrew volume`.

use crate::local_cloud::{LocalCloud, Printed};
use serde_json::Value;

#[test]
fn a_volume_is_created_listed_and_deleted() {
    let cloud = LocalCloud::start("volume");
    let of = |command: &str| format!("volume {command} --project customer-project");
    let stderr = cloud.run(1, &of("create data")).stderr;
    assert!(stderr.contains("groundcrew account apply"), "{stderr}");
    cloud.run(0, "account apply --project customer-project");
    let Printed {
        stdout: done,
        stderr,
    } = cloud.run(0, &of("create data"));
    assert!(
        stderr.contains("folder customer-project-groundcrew/volumes/data/: created"),
        "{stderr}"
    );
    assert!(
        !done.contains("key-ring"),
        "only resources of the volume: {done}"
    );
    let again = cloud.run(0, &of("create data")).stdout;
    assert!(again.contains("8 unchanged"), "{again}");
    let list = cloud.run(0, &of("list")).stdout;
    let account = "gc-volume-data@customer-project.iam.gserviceaccount.com";
    assert!(list.starts_with("NAME") && list.contains(account), "{list}");
    let list = cloud.run(0, &of("list --json")).stdout;
    let list: Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(
        list[0]["data"],
        "gs://customer-project-groundcrew/volumes/data/data/"
    );
    let plan = cloud
        .run(0, "account drift --project customer-project")
        .stdout;
    assert_eq!(plan, "no drift\n");

    let stderr = cloud.run_with_input(1, &of("delete data"), "yes\n").stderr;
    assert!(stderr.contains("nothing was deleted"), "{stderr}");
    let stderr = cloud.run_with_input(0, &of("delete data"), "data\n").stderr;
    assert!(
        stderr.contains(&format!("account {account}: deleted")),
        "{stderr}"
    );
    let stderr = cloud.run(0, &of("delete data --yes")).stderr;
    assert!(stderr.contains("volume data not found"), "{stderr}");
    let Printed {
        stdout: list,
        stderr,
    } = cloud.run(0, &of("list"));
    assert!(
        list.is_empty() && stderr.contains("no volumes found"),
        "{list}{stderr}"
    );
}
