package org.vnetp.overlay.measure;

/// Finds something out by trains at set rates.
interface PacedSearch {
    /// The rate of the next train, bit/s of IP packets; 0: the search is over.
    double next();

    /// Datagrams of the next train.
    int datagrams();

    /// What has come of the train that [#next] asked for.
    ///
    /// @param result null: nobody told
    void onTrain(TrainResult result);

    /// What is free, as far as it was found out.
    Estimate estimate(long intervalNs, long ageNs);
}
