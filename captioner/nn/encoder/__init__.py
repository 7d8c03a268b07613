"""The encoder: pixels (b,3,y,x) come in; the grid v (b,n,c) of feature vectors leaves."""
