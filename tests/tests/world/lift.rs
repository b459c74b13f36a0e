//! What lies outside a role's binding is refused: another bucket, topic,
//! database, account or project answers 403 and names what is missing.

use deployment::account;
use jobs::Identity;
use serde_json::{Value, json};
use simulator::iam::Principal;
use tests::world::{World, WorldConfig, run};

/// Things of the same kinds as the deployment's, which are not its.
async fn others(world: &World) {
    let (home, project) = (&world.deployment.home, &world.deployment.settings.project);
    let body = json!({ "name": "somebody-elses" });
    world
        .operate("POST", &format!("/storage/v1/b?project={project}"), &body)
        .await;
    world
        .operate(
            "PUT",
            &format!("/v1/projects/{home}/topics/invoices"),
            &json!({}),
        )
        .await;
    world
        .operate(
            "PUT",
            &format!("/v1/projects/{home}/subscriptions/invoices"),
            &json!({
                "topic": format!("projects/{home}/topics/invoices"),
            }),
        )
        .await;
    let native = json!({ "locationId": "us-central1", "type": "FIRESTORE_NATIVE" });
    let path = format!("/v1/projects/{home}/databases?databaseId=(default)");
    world.operate("POST", &path, &native).await;
    for account in [home.as_str(), project.as_str()] {
        let path = format!("/v1/projects/{account}/serviceAccounts");
        world
            .operate("POST", &path, &json!({ "accountId": "payroll" }))
            .await;
    }
    world.host.with(|cloud, _| {
        cloud.add_project("other-project", 100_000_000_009, Some("organizations/1"))
    });
}

struct Try {
    who: Identity,
    verb: &'static str,
    path: String,
    body: Value,
    /// The permission that the refusal names.
    lacks: &'static str,
}

fn tries(world: &World) -> Vec<Try> {
    use Identity::{Instances, JobChanged, JobQueued, MaintenanceNoticed, ResourceManager, Sweep};
    let deployment = &world.deployment;
    let (home, settings) = (deployment.home.as_str(), &deployment.settings);
    let (project, ours) = (settings.project.as_str(), settings.bucket.as_str());
    let mut tries = Vec::new();
    let mut refused = |who: &[Identity], verb, path: &str, body: Value, lacks| {
        tries.extend(who.iter().map(|who| Try {
            who: *who,
            verb,
            path: path.to_owned(),
            body: body.clone(),
            lacks,
        }));
    };
    let none = Value::Null;
    let functions = [JobQueued, JobChanged, MaintenanceNoticed, Sweep];
    let all = Identity::ALL;

    // Buckets.
    let upload =
        "/upload/storage/v1/b/somebody-elses/o?uploadType=media&name=x&ifGenerationMatch=0";
    refused(&all, "POST", upload, none.clone(), "storage.objects.create");
    refused(
        &all,
        "GET",
        "/storage/v1/b/somebody-elses/o/x?alt=media",
        none.clone(),
        "storage.objects.get",
    );
    refused(
        &all,
        "GET",
        "/storage/v1/b/somebody-elses/o",
        none.clone(),
        "storage.objects.list",
    );
    let object = format!("/storage/v1/b/{ours}/o/x");
    refused(
        &all,
        "DELETE",
        &object,
        none.clone(),
        "storage.objects.delete",
    );
    refused(
        &[Sweep, ResourceManager],
        "GET",
        &format!("{object}?alt=media"),
        none.clone(),
        "storage.objects.get",
    );
    let fencing = [JobQueued, JobChanged, MaintenanceNoticed];
    for (who, secret) in [
        (
            fencing.as_slice(),
            "jobs%2Ftrain%2Fattempts%2F1%2Flog%2F00000000.txt",
        ),
        (&fencing, "data%2Fexit.json"),
        (&all, "groundcrew%2Fdeployment.json"),
    ] {
        let object = format!("/storage/v1/b/{ours}/o/{secret}?alt=media");
        refused(who, "GET", &object, none.clone(), "storage.objects.get");
    }
    refused(
        &fencing,
        "GET",
        &format!("/storage/v1/b/{ours}/o"),
        none.clone(),
        "storage.objects.list",
    );

    // Topics.
    let message = json!({ "messages": [{ "data": "e30=" }] });
    let topic = |id: &str| format!("/v1/projects/{home}/topics/{id}:publish");
    let publish = "pubsub.topics.publish";
    refused(&all, "POST", &topic("invoices"), message.clone(), publish);
    refused(&all, "POST", &topic("job-queued"), message.clone(), publish);
    refused(&all, "POST", &topic("tick"), message.clone(), publish);
    let but_sweep = [
        JobQueued,
        JobChanged,
        MaintenanceNoticed,
        ResourceManager,
        Instances,
    ];
    refused(
        &but_sweep,
        "POST",
        &topic("job-changed"),
        message.clone(),
        publish,
    );
    refused(
        &functions,
        "POST",
        &topic("job-reported"),
        message.clone(),
        publish,
    );
    refused(
        &[Instances, ResourceManager],
        "POST",
        &topic("dead-letters"),
        message,
        publish,
    );
    let pull = format!("/v1/projects/{home}/subscriptions/invoices:pull");
    refused(
        &all,
        "POST",
        &pull,
        json!({ "maxMessages": 1 }),
        "pubsub.subscriptions.consume",
    );

    // Databases.
    for (database, readers, writers) in [
        ("(default)", all.as_slice(), all.as_slice()),
        (
            "jobs",
            &[ResourceManager, Instances],
            &[Sweep, ResourceManager, Instances],
        ),
    ] {
        let database = format!("projects/{home}/databases/{database}");
        let name = format!("{database}/documents/jobs/train");
        let get = json!({ "documents": [name] });
        refused(
            readers,
            "POST",
            &format!("/v1/{database}/documents:batchGet"),
            get,
            "datastore.entities.get",
        );
        let query = json!({ "structuredQuery": { "from": [{ "collectionId": "jobs" }] } });
        let path = format!("/v1/{database}/documents:runQuery");
        refused(readers, "POST", &path, query, "datastore.entities.");
        let write = |precondition: Value| {
            json!({ "writes": [
            { "update": { "name": name, "fields": {} }, "currentDocument": precondition },
        ] })
        };
        let path = format!("/v1/{database}/documents:commit");
        refused(
            writers,
            "POST",
            &path,
            write(json!({ "exists": false })),
            "datastore.entities.create",
        );
        refused(
            writers,
            "POST",
            &path,
            write(json!({ "exists": true })),
            "datastore.entities.update",
        );
        let delete = json!({ "writes": [{ "delete": name }] });
        refused(writers, "POST", &path, delete, "datastore.entities.delete");
    }

    // Accounts.
    let token = json!({ "scope": ["https://www.googleapis.com/auth/cloud-platform"] });
    let mint = |email: &str| format!("/v1/projects/-/serviceAccounts/{email}:generateAccessToken");
    let payroll = format!("payroll@{home}.iam.gserviceaccount.com");
    for email in [
        payroll.as_str(),
        settings.instances_account.as_str(),
        deployment.push_account.as_str(),
    ] {
        refused(
            &all,
            "POST",
            &mint(email),
            token.clone(),
            "iam.serviceAccounts.getAccessToken",
        );
    }
    let manager = settings.resource_manager.as_str();
    refused(
        &[Sweep, Instances],
        "POST",
        &mint(manager),
        token,
        "iam.serviceAccounts.getAccessToken",
    );
    let audience = json!({ "audience": settings.audience, "includeEmail": true });
    let identity = format!(
        "/v1/projects/-/serviceAccounts/{}:generateIdToken",
        settings.instances_account
    );
    refused(
        &functions,
        "POST",
        &identity,
        audience,
        "iam.serviceAccounts.getOpenIdToken",
    );

    // Machines.
    let insert = |account: &str| {
        json!({
            "name": "gc-train-1",
            "machineType": "zones/us-central1-a/machineTypes/e2-standard-2",
            "disks": [{ "boot": true, "initializeParams": { "sourceImage": settings.image } }],
            "networkInterfaces": [{
                "subnetwork": format!("projects/{project}/regions/us-central1/subnetworks/default"),
            }],
            "serviceAccounts": [{ "email": account, "scopes": [] }],
        })
    };
    let machines =
        |project: &str| format!("/compute/v1/projects/{project}/zones/us-central1-a/instances");
    let theirs = format!("payroll@{project}.iam.gserviceaccount.com");
    refused(
        &[ResourceManager],
        "POST",
        &machines(project),
        insert(&theirs),
        "iam.serviceAccounts.actAs",
    );
    refused(
        &[ResourceManager],
        "POST",
        &machines(project),
        insert(manager),
        "iam.serviceAccounts.actAs",
    );
    let body = insert(settings.instances_account.as_str());
    let mut theirs = body.clone();
    theirs["name"] = "web-1".into();
    refused(
        &[ResourceManager],
        "POST",
        &machines(project),
        theirs,
        "compute.instances.create",
    );
    refused(
        &[ResourceManager],
        "DELETE",
        &format!("{}/web-1", machines(project)),
        none.clone(),
        "compute.instances.delete",
    );
    refused(
        &all,
        "POST",
        &machines("other-project"),
        body.clone(),
        "compute.instances.create",
    );
    refused(
        &all,
        "POST",
        &machines(home),
        body.clone(),
        "compute.instances.create",
    );
    let others = [JobQueued, JobChanged, MaintenanceNoticed, Sweep, Instances];
    refused(
        &others,
        "POST",
        &machines(project),
        body,
        "compute.instances.create",
    );
    let machine = format!("{}/gc-train-1", machines(project));
    refused(
        &others,
        "DELETE",
        &machine,
        none.clone(),
        "compute.instances.delete",
    );
    refused(
        &all,
        "DELETE",
        &format!("{}/gc-train-1", machines("other-project")),
        none.clone(),
        "compute.instances.delete",
    );
    let list = "/compute/v1/projects/other-project/aggregated/instances";
    refused(&all, "GET", list, none.clone(), "compute.instances.list");
    refused(
        &all,
        "POST",
        &format!("{machine}/stop"),
        none,
        "compute.instances.stop",
    );
    tries
}

#[test]
fn access_outside_the_resource_of_a_binding_is_denied() {
    run(&WorldConfig::calm(1), async |world| {
        others(&world).await;
        let mut passed = Vec::new();
        let tries = tries(&world);
        for Try {
            who,
            verb,
            path,
            body,
            lacks,
        } in &tries
        {
            let account = account(&world.deployment, *who);
            let who = Principal::service_account(account.as_str());
            let (status, answer) = world.call(&who, verb, path, body).await;
            // Queries answer with an array.
            let error = answer.get(0).unwrap_or(&answer)["error"].to_string();
            if status != 403 || !error.contains(lacks) {
                passed.push(format!(
                    "{who} {verb} {path}: {status} {error}, not 403 {lacks}"
                ));
            }
        }
        println!("{} calls", tries.len());
        assert!(passed.is_empty(), "{passed:#?}");
    });
}

/// The account of a volume reaches the volume's folder, its data to change
/// them, and nothing else of the bucket; and its volume's machines are the
/// only ones that run as it.
#[test]
fn the_account_of_a_volume_can_access_its_folder_and_nothing_else() {
    run(&WorldConfig::calm(1), async |world| {
        let volume = world.volume("data").await;
        world.volume("other").await;
        let settings = &world.deployment.settings;
        let bucket = &settings.bucket;
        for name in [
            "secrets/ssh-key",
            "jobs/train/x",
            "volumes/other/data/x",
            "volumes/data/x",
            "volumes/data/data/x",
        ] {
            let name = name.replace('/', "%2F");
            let path = format!("/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}");
            world.operate("POST", &path, &json!({})).await;
        }
        let account = volume.account(&settings.project);
        let who = Principal::service_account(account.as_str());
        let object = |name: &str| {
            let name = name.replace('/', "%2F");
            format!("/storage/v1/b/{bucket}/o/{name}?alt=media")
        };
        let list = |prefix: &str| format!("/storage/v1/b/{bucket}/o?prefix={prefix}");
        let upload = |name: &str| {
            let name = name.replace('/', "%2F");
            format!(
                "/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}&ifGenerationMatch=0"
            )
        };
        let mint = format!("/v1/projects/-/serviceAccounts/{account}:generateAccessToken");
        for (verb, path, status) in [
            ("GET", object("volumes/data/x"), 200),
            ("GET", object("volumes/data/data/x"), 200),
            ("POST", upload("volumes/data/new"), 200),
            ("POST", upload("volumes/data/data/new"), 200),
            ("GET", list("volumes%2Fdata%2Fdata%2F"), 200),
            ("DELETE", object("volumes/data/x"), 403),
            ("DELETE", object("volumes/data/data/x"), 204),
            ("GET", object("secrets/ssh-key"), 403),
            ("GET", object("jobs/train/x"), 403),
            ("GET", object("volumes/other/data/x"), 403),
            ("POST", upload("volumes/other/data/new"), 403),
            ("POST", upload("jobs/train/new"), 403),
            ("GET", list(""), 403),
            ("GET", list("volumes%2F"), 403),
            ("GET", list("volumes%2Fother%2F"), 403),
            ("GET", list("volumes%2Fdata"), 403),
            ("POST", mint, 403),
        ] {
            let body = if path.contains("generate") {
                json!({ "scope": ["https://www.googleapis.com/auth/cloud-platform"] })
            } else {
                Value::Null
            };
            let (found, answer) = world.call(&who, verb, &path, &body).await;
            assert_eq!(found, status, "{verb} {path}: {answer}");
        }
    });
}
