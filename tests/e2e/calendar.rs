//! A department that its calendar has closed: nothing is sent, operators see until when and why, and then it goes on by itself.

use std::time::Duration;

use jisr_core::time::{Clock as _, Timestamp};
use jisr_proto::convert;
use jisr_proto::operations::v1::ListDepartmentsRequest;
use jisr_proto::operations::v1::operations_service_client::OperationsServiceClient;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_runtime::SystemClock;
use jisr_tests::{QUICK, World, application, submission, terminal};

/// Long enough to look around in on a busy machine.
const OUTAGE: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_outage_is_obeyed_shown_and_waited_for() {
    // Built before the time counts.
    let _ = jisr_testkit::jisr::binary();
    let from = SystemClock.now();
    let until = from.plus(OUTAGE);
    let closure = format!(
        "{QUICK}\n[adapters.municipality.calendar]\ntime_zone = \"Asia/Dubai\"\nclosures = [{{ from = \"{from}\", \
         until = \"{until}\", reason = {{ ar = \"ترقية\", en = \"upgrade\" }} }}]"
    );
    let world = World::with(&closure);
    let mut client = world.client().await;
    // It has said when it is closed before anything is asked of it.
    let operations = OperationsServiceClient::connect(world.server.operations.clone()).await.unwrap();
    let closed = jisr_testkit::wait::until("the outage is known", Duration::from_secs(30), || {
        let mut operations = operations.clone();
        async move {
            let answer = operations.list_departments(ListDepartmentsRequest::default()).await.unwrap();
            let departments = answer.into_inner().departments;
            let department = departments.into_iter().find(|one| one.department == "departments/municipality")?;
            department.closed_until_time.map(|until| (convert::time(&until), department.closed_reason))
        }
    })
    .await;
    assert_eq!(closed.0, until);
    assert_eq!(closed.1.iter().map(|text| text.text.as_str()).collect::<Vec<_>>(), ["ترقية", "upgrade"]);

    let submitted = client.submit_transaction(submission(application("345-0678"))).await.unwrap().into_inner();
    assert_eq!(submitted.legs[0].state(), LegState::Dispatched);
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].attempt), (TransactionState::Completed, 1), "its fence has waited, too");
    let called: Timestamp = convert::time(done.legs[0].called_time.as_ref().unwrap());
    assert!(called >= until, "called at {called}, closed until {until}");
    assert_eq!(world.peer.submissions().await.len(), 1);
}
