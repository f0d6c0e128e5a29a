package bank;

class Menu {
    // What "SELECT score FROM risk.loan_scores" gives is shown elsewhere.
    String title() {
        return title("loan_scores", "risk");
    }
}
