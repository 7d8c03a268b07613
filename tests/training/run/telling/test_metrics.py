from captioner.training.run.telling.metrics import MetricsFile


def test_a_step_is_a_row_and_new_columns_come_last(tmp_path):
    file = MetricsFile(tmp_path / "run", resume=False)
    file.log_metrics({"epoch": 0, "loss": 2.5}, step=9)
    file.log_metrics({"epoch": 0, "score": 0.5}, step=9)
    file.log_metrics({"epoch": 1, "loss": 1.5}, step=19)
    file.save()
    assert (tmp_path / "run/metrics.csv").read_text() == "epoch,step,loss,score\n0,9,2.5,0.5\n1,19,1.5,\n"


def test_a_resumed_run_goes_on_and_replaces_what_it_does_again(tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,step,loss\n0,9,3.0\n1,19,2.0\n1,29,1.0\n")
    file = MetricsFile(tmp_path, resume=True)
    file.log_metrics({"epoch": 1, "loss": 2.5}, step=19)
    file.log_metrics({"epoch": 1, "loss": 1.5}, step=29)
    file.save()
    assert (tmp_path / "metrics.csv").read_text() == "epoch,step,loss\n0,9,3.0\n1,19,2.5\n1,29,1.5\n"


def test_another_run_begins_anew(tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,step,loss\n0,9,3.0\n")
    file = MetricsFile(tmp_path, resume=False)
    file.log_metrics({"epoch": 0, "loss": 4.0}, step=0)
    file.save()
    assert (tmp_path / "metrics.csv").read_text() == "epoch,step,loss\n0,0,4.0\n"
