package bank;

class Loans {
    private static final String MENU = "loan_scores";

    Score of(long id) {
        return db.first("SELECT id, score FROM risk.loan_scores WHERE id = ?", id);
    }
}
