//! `groundcrew access`.

use crate::local_cloud::LocalCloud;
use serde_json::Value;

#[test]
fn the_access_of_the_resource_manager_to_a_project_is_explained() {
    let cloud = LocalCloud::not_started("access");
    let explain = "access explain resource-manager@groundcrew-local.iam.gserviceaccount.com \
                   --project customer-project";
    let stderr = cloud.run(1, explain).stderr;
    assert!(stderr.contains("no local cloud is running"), "{stderr}");
    cloud.run(0, "local --empty --detach --port 0");
    cloud.run(0, "account apply --project customer-project");

    insta::assert_snapshot!(cloud.run(0, explain).stdout, @r#"
    serviceAccount:resource-manager@groundcrew-local.iam.gserviceaccount.com

    direct access
      project customer-project
        by groundcrewResourceManager if resource.type != "compute.googleapis.com/Instance" || resource.name.extract("/instances/{name}").startsWith("gc-")
          compute.disks.create
          compute.instances.create
          compute.instances.delete
          compute.instances.get
          compute.instances.list
          compute.instances.setLabels
          compute.instances.setMetadata (acts as another identity)
          compute.instances.setServiceAccount
          compute.subnetworks.use
          compute.zoneOperations.get
          compute.zoneOperations.list
      account groundcrew-instances@customer-project.iam.gserviceaccount.com
        by roles/iam.serviceAccountUser
          iam.serviceAccounts.actAs (acts as another identity)
          iam.serviceAccounts.get
          iam.serviceAccounts.list

    indirect access
      resource-manager@groundcrew-local.iam.gserviceaccount.com → launches a machine as groundcrew-instances@customer-project.iam.gserviceaccount.com (iam.serviceAccounts.actAs on account groundcrew-instances@customer-project.iam.gserviceaccount.com by roles/iam.serviceAccountUser; compute.instances.create on project customer-project by groundcrewResourceManager if resource.type != "compute.googleapis.com/Instance" || resource.name.extract("/instances/{name}").startsWith("gc-")) → reads data of bucket customer-project-groundcrew (storage.objects.get, storage.objects.list by groundcrewInstance if !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/groundcrew/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/volumes/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/managedFolders/volumes/")); reads data of bucket customer-project-groundcrew (storage.objects.get, storage.objects.list by roles/storage.objectUser if resource.name.extract("projects/_/buckets/customer-project-groundcrew/objects/jobs/{job}/checkpoints/") != ""); decrypts with key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets (cloudkms.cryptoKeyVersions.useToDecrypt by groundcrewInstance)

    not read
      other projects than customer-project: not requested
      policies of single machines, disks, images, subnetworks, secrets, datasets, repositories and services, ACLs of objects, members of groups: not supported
    "#);
    let json = cloud.run(0, &format!("{explain} --json")).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let paths = json["indirect"]["paths"].as_array().expect("a list");
    assert_eq!(paths.len(), 1, "{json:#}");

    let bucket = format!("{explain} --resource gs://customer-project-groundcrew");
    insta::assert_snapshot!(cloud.run(0, &bucket).stdout, @r#"
    serviceAccount:resource-manager@groundcrew-local.iam.gserviceaccount.com on bucket customer-project-groundcrew

    direct access
      none

    indirect access
      resource-manager@groundcrew-local.iam.gserviceaccount.com → launches a machine as groundcrew-instances@customer-project.iam.gserviceaccount.com (iam.serviceAccounts.actAs on account groundcrew-instances@customer-project.iam.gserviceaccount.com by roles/iam.serviceAccountUser; compute.instances.create on project customer-project by groundcrewResourceManager if resource.type != "compute.googleapis.com/Instance" || resource.name.extract("/instances/{name}").startsWith("gc-"))
        by groundcrewInstance if !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/groundcrew/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/volumes/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/managedFolders/volumes/")
          storage.objects.create
          storage.objects.get (reads data)
          storage.objects.list (reads data)
        by roles/storage.objectUser if resource.name.extract("projects/_/buckets/customer-project-groundcrew/objects/jobs/{job}/checkpoints/") != ""
          storage.folders.create
          storage.folders.delete
          storage.folders.get
          storage.folders.list
          storage.folders.rename
          storage.managedFolders.create
          storage.managedFolders.delete
          storage.managedFolders.get
          storage.managedFolders.list
          storage.multipartUploads.abort
          storage.multipartUploads.create
          storage.multipartUploads.list
          storage.multipartUploads.listParts
          storage.objects.create
          storage.objects.createContext
          storage.objects.delete
          storage.objects.deleteContext
          storage.objects.get (reads data)
          storage.objects.list (reads data)
          storage.objects.move
          storage.objects.restore
          storage.objects.update
          storage.objects.updateContext

    not read
      other projects than customer-project: not requested
      policies of single machines, disks, images, subnetworks, secrets, datasets, repositories and services, ACLs of objects, members of groups: not supported
    "#);
    let missing = cloud.run(1, &format!("{explain} --resource gs://not-there"));
    let stderr = missing.stderr;
    assert!(
        stderr.contains("not found in project customer-project"),
        "{stderr}"
    );
    let stderr = cloud.run(2, "access explain nobody").stderr;
    assert!(stderr.contains("user:nobody"), "{stderr}");
}
